import Subprocess
import SystemPackage

/// Programs that tests need done.
public enum Tool {
    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    /// Runs a program, by its name or path, to its end.
    ///
    /// - Throws: what it said, when it fails.
    public static func run(_ program: String, _ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            program.contains("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(arguments), output: .string(limit: 1 << 20),
            error: .combinedWithOutput)
        guard result.terminationStatus.isSuccess else {
            throw Failure(
                description: "\(program) \(arguments.joined(separator: " ")): \(result.standardOutput)")
        }
    }
}
