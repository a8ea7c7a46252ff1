import Foundation

/// Python with the CloudEvents SDK and a Kafka client, in the build directory. What is there already is not made again;
/// else `pip` fetches it.
enum PythonEnvironment {
    private static let packages = ["cloudevents==1.11.0", "confluent-kafka==2.8.0"]
    private static let directory = ProjectFiles.path(".build/python-tests")
    private static let ready = Task { try await prepare() }

    /// Makes it, when that was not done before. Says on standard error why it cannot be made. False also where there is
    /// no broker to use it with.
    static var isUsable: Bool {
        get async {
            guard KafkaServer.address != nil else { return false }
            do {
                try await ready.value
                return true
            } catch {
                FileHandle.standardError.write(Data("Python's CloudEvents SDK cannot be used: \(error)\n".utf8))
                return false
            }
        }
    }

    /// Runs a Python program to its end.
    static func run(_ program: String, _ arguments: [String]) async throws -> Finished {
        try await Program.run(directory + "/bin/python", ["-c", program] + arguments)
    }

    private struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private static func prepare() async throws {
        // Written last: where it is, all is.
        let mark = directory + "/packages"
        let wanted = packages.joined(separator: "\n")
        if (try? String(contentsOfFile: mark, encoding: .utf8)) == wanted { return }
        let steps = [
            ["python3", "-m", "venv", "--clear", directory],
            [
                directory + "/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                "--retries", "1", "--timeout", "10",
            ] + packages,
        ]
        for step in steps {
            let result = try await Program.run("/usr/bin/env", step)
            guard result.code == 0 else {
                throw Failure(description: "\(step.joined(separator: " ")): \(result.output)\(result.errors)")
            }
        }
        try Data(wanted.utf8).write(to: URL(filePath: mark))
    }
}
