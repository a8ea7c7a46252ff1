import Foundation
import Synchronization

/// A process that ran to its end.
struct Finished: Sendable {
    var code: Int32
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// Programs, run as processes.
enum Program {
    /// The `daybook` that was built along with the tests: it lies where they do.
    static let daybook: String = {
        let beside = Bundle.allBundles.map(\.bundlePath) + [CommandLine.arguments[0]]
        let directories = beside.map { URL(filePath: $0).deletingLastPathComponent().path }
        return directories.map { $0 + "/daybook" }.first { FileManager.default.isExecutableFile(atPath: $0) }
            ?? "daybook (not built)"
    }()

    /// Runs a program and waits for its end, on a thread of its own.
    static func run(
        _ path: String, _ arguments: [String], input: String = "", environment: [String: String] = [:],
        directory: String? = nil
    ) async throws -> Finished {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try runBlocking(path, arguments, Data(input.utf8), environment, directory)
                    })
            }
        }
    }

    private static func runBlocking(
        _ path: String, _ arguments: [String], _ input: Data, _ environment: [String: String], _ directory: String?
    ) throws -> Finished {
        // Files, because nobody has to empty them while the process runs.
        let files = try TemporaryDirectory()
        let paths = ["in", "out", "err"].map { files.path + "/" + $0 }
        try input.write(to: URL(filePath: paths[0]))
        for path in paths[1...] { try Data().write(to: URL(filePath: path)) }
        let process = try ChildProcess(
            path, arguments, environment: self.environment(environment), directory: directory,
            streams: .init(input: paths[0], output: .path(paths[1]), errors: paths[2]))
        let code = process.wait()
        let texts = try paths[1...].map { String(decoding: try Data(contentsOf: URL(filePath: $0)), as: UTF8.self) }
        return Finished(code: abs(code), output: texts[0], errors: texts[1])
    }

    /// The environment without what it says to Daybook, and with these variables.
    static func environment(_ more: [String: String]) -> [String: String] {
        // Tests count what they publish themselves.
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("DAYBOOK_") }
            .merging(["DAYBOOK_PUBLISH_START": "false"]) { $1 }.merging(more) { $1 }
    }
}
