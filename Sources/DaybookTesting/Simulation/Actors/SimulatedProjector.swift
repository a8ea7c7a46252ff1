import Daybook
import DaybookIndex

/// A projector: reads history partitions in any interleaving, and folds them into an index.
final class SimulatedProjector {
    private(set) var index: EventIndex
    private var next: [StreamPartition: Int64] = [:]

    init(_ bounds: IndexBounds) {
        index = EventIndex(bounds: bounds)
    }

    func step(_ world: SimulatedWorld) async {
        guard let partition = SimulatedStream.allHistory.randomElement(using: &world.random) else { return }
        await read(partition, maximum: Int.random(in: 1...8, using: &world.random), world)
    }

    /// - Returns: whether there was anything.
    @discardableResult
    private func read(_ partition: StreamPartition, maximum: Int, _ world: SimulatedWorld) async -> Bool {
        let log = world.broker[partition]
        let start = next[partition] ?? log.low
        // Retention may have gone past this projector, or behind it.
        if start < log.low { await index.restart(partition, at: log.low) }
        await index.trim(partition, below: log.low)
        let read = log.read(from: start, maximum: maximum)
        guard read.next > start else { return false }
        next[partition] = read.next
        var records: [StoredRecord] = read.records.compactMap { offset, time, content in
            guard case .event(let record) = content else { return nil }
            return StoredRecord(offset: offset, time: time, record: record)
        }
        if world.fault == .projectorOrderSwapped, records.count > 1, world.chance(25) {
            (records[0].record, records[1].record) = (records[1].record, records[0].record)
        }
        await index.apply(
            RecordBatch(partition: partition, records: records, nextOffset: read.next, end: log.lastStable))
        return true
    }

    /// Reads all there is.
    func catchUp(_ world: SimulatedWorld) async {
        var open = SimulatedStream.allHistory
        while let partition = open.randomElement(using: &world.random) {
            let hasMore = await read(partition, maximum: Int.random(in: 1...16, using: &world.random), world)
            if !hasMore { open.removeAll { $0 == partition } }
        }
    }

    func crash() {
        index = EventIndex(bounds: index.bounds)
        next = [:]
    }
}
