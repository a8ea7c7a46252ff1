import ArgumentParser
import Daybook
import DaybookIndex
import Foundation

/// Folds a history into an index made anew in each round.
struct Project: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "project", shouldDisplay: false)

    @Option var records: Int
    /// Measures memory: the records are made bit by bit, and what is resident besides the index is not counted.
    @Flag var memory = false

    func run() async throws {
        let batches = memory ? [] : Array(History(records: records))
        try await Rounds.serve { watch in
            // The allocator keeps what a few batches need, and that is not the index's.
            if memory { for _ in History(records: 100_000) {} }
            let before = residentBytes()
            let index = EventIndex()
            watch.start()
            if memory {
                for batch in History(records: records) { await index.apply(batch) }
            } else {
                for batch in batches { await index.apply(batch) }
            }
            watch.stop()
            let bytes = residentBytes() - before
            guard index.statistics.events > 0 else { throw BenchError("nothing was projected") }
            return Rounds.Outcome(operations: records, bytes: bytes)
        }
    }
}
