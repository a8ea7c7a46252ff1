import ArgumentParser
import Daybook
import DaybookIndex
import DaybookKafka
import DaybookSQLite
import Logging

/// Publishes events that have a hash, each round others, through a node as a server has one: on Kafka they go through the
/// inbox, are decided by this node, and its verdicts are read. Its projector is at work, too.
struct HashedPublish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hashed-publish", shouldDisplay: false)

    /// `HOST:PORT`.
    @Option var broker: String?
    /// Of the embedded log.
    @Option var directory: String?
    @Option var prefix = "bench"
    @Option var events: Int
    @Option var batch: Int
    @Option var concurrency: Int

    func validate() throws {
        if (broker == nil) == (directory == nil) { throw ValidationError("either --broker or --directory") }
    }

    func run() async throws {
        var configuration = DaybookNode.Configuration()
        configuration.layout = PublishLoop.layout(prefix: prefix)
        configuration.isShared = broker != nil
        var logger = Logger(label: "bench")
        logger.logLevel = .warning
        let node = DaybookNode(configuration: configuration, logger: logger) { [broker, directory] in
            if let broker { return try await KafkaLog.open(url: "kafka://\(broker)") }
            return try await SQLiteLog.open(directory: directory ?? "")
        }
        let running = Task { try await node.run() }
        let parts = try await node.whenOpen()
        var workload = Workload()
        try await Rounds.serve { watch in
            let events = workload.events(events).map { event in
                var event = event
                event.hash = "delivery of \(event.id)"
                return event
            }
            let loop = PublishLoop(parts.publisher, events: events, batch: batch, concurrency: concurrency)
            watch.start()
            return try await loop.run()
        }
        running.cancel()
        _ = await running.result
    }
}
