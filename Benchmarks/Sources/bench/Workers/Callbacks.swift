import ArgumentParser
import Daybook
import DaybookKafka
import DaybookSQLite
import Logging
import Synchronization

/// Runs matching callbacks behind one registration for all events of a log, from the log's first event to its last.
struct Callbacks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "callbacks", shouldDisplay: false)

    /// `HOST:PORT`.
    @Option var broker: String?
    /// Of the embedded log.
    @Option var directory: String?
    @Option var prefix = "bench"
    @Option var events: Int
    @Option var callbacks: Int
    /// How many deliveries are handled together, each callback being run once for them; 1 runs it for each event.
    @Option var batch: Int

    func validate() throws {
        if (broker == nil) == (directory == nil) { throw ValidationError("either --broker or --directory") }
    }

    func run() async throws {
        let log: any EventLog =
            if let broker {
                try await KafkaLog.open(url: "kafka://\(broker)")
            } else {
                try await SQLiteLog.open(directory: directory ?? "")
            }
        let catalog = try await StreamCatalog.open(log: log, layout: PublishLoop.layout(prefix: prefix))
        var workload = Workload()
        _ = try await PublishLoop(
            Publisher(catalog: catalog), events: workload.events(events), batch: 1000, concurrency: 1
        ).run()
        let registrations = Registrations(catalog, logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await catalog.follow() }
            group.addTask { try await registrations.run() }
            var round = 0
            try await Rounds.serve { watch in
                round += 1
                return try await self.round("round-\(round)", registrations, watch)
            }
            group.cancelAll()
            while let _ = await group.nextResult() {}
        }
        try await log.close()
    }

    private func round(
        _ name: String, _ registrations: Registrations, _ watch: Stopwatch
    ) async throws -> Rounds.Outcome {
        let processor = EventProcessor(
            Registration(name: name), from: .earliest, of: registrations, batchSize: batch, logger: .silent)
        let count = Countdown(events * callbacks)
        for number in 0..<callbacks {
            // Each has a match of its own, and each event meets all of them.
            let match = EventMatch(filter: try Filter("topic = \(Workload.family).* and not sender = absent-\(number)"))
            if batch == 1 {
                try processor.onEvent(match) { _ in count.down(1) }
            } else {
                try processor.onEvents(match) { count.down($0.count) }
            }
        }
        watch.start()
        try await processor.start()
        await count.isOver()
        watch.stop()
        await processor.stop()
        try await registrations.delete(name)
        return Rounds.Outcome(operations: events)
    }
}

/// Counts down to nothing, and lets one wait for that.
final class Countdown: Sendable {
    private let rest: Atomic<Int>
    private let over: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation

    init(_ count: Int) {
        rest = Atomic(count)
        (over, end) = AsyncStream.makeStream()
    }

    func down(_ count: Int) {
        if rest.subtract(count, ordering: .relaxed).newValue <= 0 { end.finish() }
    }

    func isOver() async {
        for await _ in over {}
    }
}
