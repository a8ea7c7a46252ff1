import ArgumentParser
import Daybook
import DaybookIndex
import DaybookSQLite

/// Opens the arbiter of an embedded log in which hashes are taken, anew in each round; from a snapshot if it is asked for.
struct HashRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hash-restore", shouldDisplay: false)

    @Option var directory: String
    @Option var hashes: Int
    @Flag var snapshot = false

    private var snapshots: SnapshotStore? { snapshot ? SnapshotStore(directory: directory) : nil }

    func run() async throws {
        try await fill()
        try await Rounds.serve { watch in
            let log = try await SQLiteLog.open(directory: directory)
            let catalog = try await StreamCatalog.open(log: log)
            watch.start()
            let arbiter = try await DirectArbiter.open(catalog, snapshots: snapshots)
            watch.stop()
            let (found, replayed) = (arbiter.statistics.hashes, arbiter.statistics.replayed)
            guard replayed == (snapshot ? 0 : hashes) else { throw BenchError("\(replayed) states were replayed") }
            guard found == hashes else { throw BenchError("\(found) of \(hashes) hashes were restored") }
            try await log.close()
            return Rounds.Outcome(operations: hashes)
        }
    }

    private func fill() async throws {
        let log = try await SQLiteLog.open(directory: directory)
        let catalog = try await StreamCatalog.open(log: log)
        let arbiter = try await DirectArbiter.open(catalog, snapshots: snapshots)
        let publisher = Publisher(catalog: catalog, arbiter: arbiter)
        for from in stride(from: 0, to: hashes, by: 4000) {
            let events = (from..<min(from + 4000, hashes)).map { number in
                Event(topic: Workload.topics[number % Workload.topics.count], hash: "hash \(number)")
            }
            for result in await publisher.publish(events) { _ = try result.get() }
        }
        let saving = Task { await arbiter.run() }
        saving.cancel()
        await saving.value
        try await log.close()
    }
}
