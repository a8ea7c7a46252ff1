import Foundation
import Subprocess

/// Python, the world's reader of most formats.
enum Python {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Runs a program to its end and returns what it printed.
    static func run(_ program: String, _ arguments: [String] = [], python: String = "python3") async throws -> String {
        try await run(python, ["-c", program] + arguments)
    }

    private static func run(_ command: String, _ arguments: [String]) async throws -> String {
        let result = try await Subprocess.run(
            .name("env"), arguments: .init([command] + arguments),
            output: .bytes(limit: 64 << 20), error: .bytes(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else {
            throw Failure(description: String(decoding: result.standardError, as: UTF8.self))
        }
        return String(decoding: result.standardOutput, as: UTF8.self)
    }
}
