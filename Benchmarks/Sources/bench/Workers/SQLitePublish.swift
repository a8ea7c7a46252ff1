import ArgumentParser
import Daybook
import DaybookSQLite

/// Publishes durably to the embedded log.
struct SQLitePublish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sqlite-publish", shouldDisplay: false)

    @Option var directory: String
    @Option var events: Int
    @Option var batch: Int
    @Option var concurrency: Int
    /// Callbacks in this process that match none of the events.
    @Option var callbacks = 0

    func run() async throws {
        let log = try await SQLiteLog.open(directory: directory)
        let catalog = try await StreamCatalog.open(log: log, layout: PublishLoop.layout(prefix: "bench"))
        var workload = Workload()
        let loop = PublishLoop(
            Publisher(catalog: catalog), events: workload.events(events), batch: batch,
            concurrency: concurrency)
        if callbacks == 0 {
            try await Rounds.serve { _ in try await loop.run() }
        } else {
            try await withCallbacks(catalog) { try await Rounds.serve { _ in try await loop.run() } }
        }
        try await log.close()
    }

    private func withCallbacks(_ catalog: StreamCatalog, _ body: () async throws -> Void) async throws {
        let registrations = Registrations(catalog, logger: .silent)
        let processor = EventProcessor(
            Registration(name: "bench"), of: registrations, batchSize: 1000, logger: .silent)
        for number in 0..<callbacks {
            try processor.onEvent(EventMatch(filter: try Filter(MatchFilters.absent(number)))) { _ in
                fatalError("a callback was run that matches nothing")
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await catalog.follow() }
            group.addTask { try await registrations.run() }
            try await processor.start()
            try await body()
            await processor.stop()
            group.cancelAll()
            while let _ = await group.nextResult() {}
        }
    }
}
