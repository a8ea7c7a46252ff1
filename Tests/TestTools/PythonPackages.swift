import Foundation

/// Python with some packages, in the build directory. What is there already is not made again; else `pip` fetches it.
public final class PythonPackages: Sendable {
    private let packages: [String]
    private let directory: String
    private let ready: Task<Void, any Error>

    /// - Parameters:
    ///   - name: of the directory, behind `python-`.
    ///   - packages: each with its version, `pandas==3.1.1`.
    public init(_ name: String, _ packages: [String]) {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let directory = "\(root)/.build/python-\(name)"
        self.packages = packages
        self.directory = directory
        ready = Task { try await Self.prepare(directory, packages) }
    }

    public var interpreter: String { directory + "/bin/python" }

    /// Makes it, when that was not done before. Says on standard error why it cannot be made.
    public var isUsable: Bool {
        get async {
            do {
                try await ready.value
                return true
            } catch {
                let names = packages.joined(separator: ", ")
                FileHandle.standardError.write(Data("Python's \(names) cannot be used: \(error)\n".utf8))
                return false
            }
        }
    }

    private static func prepare(_ directory: String, _ packages: [String]) async throws {
        // Written last: where it is, all is.
        let mark = directory + "/packages"
        let wanted = packages.joined(separator: "\n")
        if (try? String(contentsOfFile: mark, encoding: .utf8)) == wanted { return }
        try await Tool.run("python3", ["-m", "venv", "--clear", directory])
        let options = ["--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "10"]
        try await Tool.run(directory + "/bin/python", ["-m", "pip", "install"] + options + packages)
        try Data(wanted.utf8).write(to: URL(filePath: mark))
    }
}
