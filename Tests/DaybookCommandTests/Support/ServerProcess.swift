import Foundation
import Synchronization

/// A running `daybook serve`.
final class ServerProcess: Sendable {
    /// What it said on standard output until it listened.
    let greeting: String
    let url: String
    private let process: ChildProcess
    private let errorPath: String
    private let directory: TemporaryDirectory

    var port: String { url.split(separator: ":").last.map(String.init) ?? "" }
    var isRunning: Bool { process.isRunning }

    /// Starts it and returns when it listens and is ready.
    ///
    /// - Parameter launcher: a program that becomes the one that its last arguments name, and its first arguments.
    /// - Throws: ``NotStarted`` with its code and what it said when it ended instead.
    static func start(
        _ options: [String], environment: [String: String] = [:], by launcher: [String] = []
    ) async throws -> ServerProcess {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try ServerProcess(options, environment, launcher) })
            }
        }
    }

    struct NotStarted: Error {
        var code: Int32
        var errors: String
    }

    private init(_ options: [String], _ environment: [String: String], _ launcher: [String]) throws {
        directory = try TemporaryDirectory()
        errorPath = directory.path + "/errors"
        let output = Pipe()
        try Data().write(to: URL(filePath: errorPath))
        let command = launcher + [Program.daybook, "serve"] + options
        process = try ChildProcess(
            command[0], Array(command.dropFirst()), environment: Program.environment(environment),
            directory: directory.path,
            streams: .init(output: .descriptor(output.fileHandleForWriting.fileDescriptor), errors: errorPath))
        try output.fileHandleForWriting.close()
        var text = ""
        while !text.contains("Ctrl-C") {
            let part = output.fileHandleForReading.availableData
            if part.isEmpty { break }
            text += String(decoding: part, as: UTF8.self)
        }
        greeting = text
        let address =
            text.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("http://") || $0.hasPrefix("https://") }
            ?? ""
        url = String(address.prefix { $0 != "," })
        guard text.contains("Ctrl-C") else {
            let code = process.wait()
            let errors = try Data(contentsOf: URL(filePath: errorPath))
            throw NotStarted(code: code, errors: String(decoding: errors, as: UTF8.self))
        }
    }

    deinit {
        guard process.isRunning else { return }
        process.signal(SIGKILL)
        process.wait()
    }

    /// What it said on standard error by now.
    var errors: String {
        String(decoding: (try? Data(contentsOf: URL(filePath: errorPath))) ?? Data(), as: UTF8.self)
    }

    /// A path as the process sees it, which may have file systems of its own.
    func seen(_ path: String) -> String { "/proc/\(process.id)/root\(path)" }

    func signal(_ number: Int32) {
        process.signal(number)
    }

    /// Waits for its end.
    ///
    /// - Returns: the exit code, or the negative number of the signal that ended it.
    func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [process] in
                continuation.resume(returning: process.wait())
            }
        }
    }

    /// Asks it to stop, and waits until it has.
    @discardableResult
    func stop() async -> Int32 {
        signal(SIGTERM)
        return await end()
    }

    /// What the server answers to a scraper.
    func metrics() async throws -> String {
        try await Program.run("/usr/bin/curl", ["--silent", "--show-error", "--fail", url + "/metrics"]).output
    }

    /// Runs `daybook` against this server.
    func daybook(_ arguments: String..., input: String = "") async throws -> Finished {
        try await Program.run(Program.daybook, arguments, input: input, environment: ["DAYBOOK_SERVER": url])
    }
}
