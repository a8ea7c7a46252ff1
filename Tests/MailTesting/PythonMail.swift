import Foundation

/// Python with aiosmtpd, in the build directory. What is there already is not made again; else `pip` fetches it.
public enum PythonMail {
    private static let packages = ["aiosmtpd==1.4.6"]
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private static let directory = root + "/.build/python-mail"
    private static let ready = Task { try await prepare() }

    static let interpreter = directory + "/bin/python"
    static let serverScript = root + "/Tests/MailTesting/smtp_server.py"

    /// Makes it, when that was not done before. Says on standard error why it cannot be made.
    public static var isUsable: Bool {
        get async {
            do {
                try await ready.value
                return true
            } catch {
                FileHandle.standardError.write(Data("Python's aiosmtpd cannot be used: \(error)\n".utf8))
                return false
            }
        }
    }

    private static func prepare() async throws {
        // Written last: where it is, all is.
        let mark = directory + "/packages"
        let wanted = packages.joined(separator: "\n")
        if (try? String(contentsOfFile: mark, encoding: .utf8)) == wanted { return }
        try await Tool.run("python3", ["-m", "venv", "--clear", directory])
        let options = ["--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "10"]
        try await Tool.run(interpreter, ["-m", "pip", "install"] + options + packages)
        try Data(wanted.utf8).write(to: URL(filePath: mark))
    }
}
