import Foundation

/// A directory that goes when it is no longer held.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "daybook-\(UUID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }
}

/// Files of the project, found from where the tests' sources lie.
enum ProjectFiles {
    static func path(_ relative: String, here: String = #filePath) -> String {
        var root = URL(filePath: here)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.path + (root.path.hasSuffix("/") ? "" : "/") + relative
    }
}
