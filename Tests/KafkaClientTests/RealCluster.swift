import Foundation
import KafkaClient
import Logging
import Testing

/// The broker that these tests may use, named by `DAYBOOK_KAFKA`, such as `localhost:9092`.
enum RealCluster {
    static let address = ProcessInfo.processInfo.environment["DAYBOOK_KAFKA"]

    static func configuration(_ properties: [String: String] = [:]) -> KafkaConfiguration {
        var configuration = KafkaConfiguration(
            bootstrapServers: (address ?? "").split(separator: ",").map(String.init), properties: properties)
        configuration.logger.logLevel = .critical
        return configuration
    }

    /// Calls `body` with a new topic, and deletes it.
    static func withTopic<Result>(
        partitions: Int32 = 1, _ properties: [String: String] = [:],
        _ body: (_ topic: String, KafkaAdmin) async throws -> Result
    ) async throws -> Result {
        let admin = try KafkaAdmin(configuration())
        let topic = unique("test")
        let failures = try await admin.createTopics([
            NewTopic(name: topic, partitions: partitions, configuration: properties)
        ])
        if let failure = failures.values.first { throw failure }
        let result: Result
        do {
            result = try await body(topic, admin)
        } catch {
            _ = try? await admin.deleteTopics([topic])
            await admin.close()
            throw error
        }
        _ = try await admin.deleteTopics([topic])
        await admin.close()
        return result
    }

    static func transactional(_ id: String) async throws -> KafkaTransactionalProducer {
        let producer = try KafkaTransactionalProducer(configuration(), transactionalID: id)
        try await producer.start()
        return producer
    }
}

extension Trait where Self == ConditionTrait {
    /// Reported as skipped where there is no broker.
    static var needsBroker: Self {
        .enabled(if: RealCluster.address != nil, "DAYBOOK_KAFKA names no broker")
    }
}
