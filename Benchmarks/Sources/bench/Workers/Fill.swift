import ArgumentParser
import Daybook
import DaybookSQLite
import Foundation

/// Fills a data directory with events, as a server would have it after a while, and writes their ids to a file.
struct Fill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fill", shouldDisplay: false)

    @Option var directory: String
    @Option var events: Int
    @Option var ids: String

    func run() async throws {
        let log = try await SQLiteLog.open(directory: directory)
        let publisher = Publisher(catalog: try await StreamCatalog.open(log: log))
        var workload = Workload()
        var ids: [String] = []
        for from in stride(from: 0, to: events, by: 1000) {
            let batch = workload.events(min(1000, events - from))
            for result in await publisher.publish(batch) { _ = try result.get() }
            ids += batch.map(\.id.description)
        }
        try await log.close()
        try ids.joined(separator: "\n").write(toFile: self.ids, atomically: true, encoding: .utf8)
    }
}
