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

    func run() async throws {
        let log = try await SQLiteLog.open(directory: directory)
        let catalog = try await StreamCatalog.open(log: log, layout: PublishLoop.layout(prefix: "bench"))
        var workload = Workload()
        let loop = PublishLoop(
            Publisher(catalog: catalog), events: workload.events(events), batch: batch,
            concurrency: concurrency)
        try await Rounds.serve { _ in try await loop.run() }
        try await log.close()
    }
}
