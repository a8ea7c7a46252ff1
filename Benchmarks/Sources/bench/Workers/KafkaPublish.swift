import ArgumentParser
import Daybook
import DaybookKafka

/// Publishes to Kafka, many batches at a time.
struct KafkaPublish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kafka-publish", shouldDisplay: false)

    @Option var broker: String
    @Option var prefix: String
    @Option var events: Int
    @Option var batch: Int
    @Option var concurrency: Int

    func run() async throws {
        let log = try await KafkaLog.open(url: "kafka://\(broker)")
        let catalog = try await StreamCatalog.open(log: log, layout: PublishLoop.layout(prefix: prefix))
        var workload = Workload()
        let loop = PublishLoop(
            Publisher(catalog: catalog), events: workload.events(events), batch: batch, concurrency: concurrency)
        try await Rounds.serve { _ in try await loop.run() }
        try await log.close()
    }
}
