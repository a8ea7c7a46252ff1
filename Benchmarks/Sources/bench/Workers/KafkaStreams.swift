import ArgumentParser
import Daybook
import DaybookKafka
import KafkaClient

/// Makes a stream on Kafka as Daybook makes its own, or deletes the streams of a run.
struct KafkaStreams: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kafka-streams", shouldDisplay: false)

    @Option var broker: String
    @Option var create: String?
    /// Deletes every topic whose name starts so.
    @Option var delete: String?

    func run() async throws {
        let configuration = try KafkaLog.Configuration(url: "kafka://\(broker)")
        if let create {
            let log = try await KafkaLog.open(configuration)
            try await log.createStreams([StreamSpecification(name: create, partitions: Workload.partitions)])
            try await log.close()
        }
        if let delete {
            let admin = try KafkaAdmin(configuration.cluster)
            let names = try await admin.metadata().topics.map(\.name).filter { $0.hasPrefix(delete) }
            for (name, error) in try await admin.deleteTopics(names) {
                throw BenchError("\(name) cannot be deleted: \(error)")
            }
            await admin.close()
        }
    }
}
