import TestTools

/// Python with the CloudEvents SDK and a Kafka client.
enum PythonEnvironment {
    private static let packages = PythonPackages("tests", ["cloudevents==1.11.0", "confluent-kafka==2.8.0"])

    /// False also where there is no broker to use it with.
    static var isUsable: Bool {
        get async { KafkaServer.address == nil ? false : await packages.isUsable }
    }

    /// Runs a Python program to its end.
    static func run(_ program: String, _ arguments: [String]) async throws -> Finished {
        try await Program.run(packages.interpreter, ["-c", program] + arguments)
    }
}
