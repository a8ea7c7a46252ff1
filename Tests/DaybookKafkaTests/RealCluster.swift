import Foundation
import KafkaClient
import Logging
import Testing

@testable import DaybookKafka

/// The broker that these tests may use.
enum RealCluster {
    static let address = ProcessInfo.processInfo.environment["DAYBOOK_KAFKA"]

    /// Without the log lines about faults that a test makes.
    static func configuration(_ query: String = "") throws -> KafkaLog.Configuration {
        var configuration = try KafkaLog.Configuration(url: "kafka://\(address ?? "")\(query)")
        configuration.cluster.logger.logLevel = .critical
        return configuration
    }

    static func delete(streams: Set<String>) async {
        guard let admin = try? KafkaAdmin(configuration().cluster) else { return }
        _ = try? await admin.deleteTopics(Array(streams))
        await admin.close()
    }
}

extension Trait where Self == ConditionTrait {
    /// Reported as skipped where there is no broker.
    static var needsBroker: Self {
        .enabled(if: RealCluster.address != nil, "DAYBOOK_KAFKA names no broker")
    }
}
