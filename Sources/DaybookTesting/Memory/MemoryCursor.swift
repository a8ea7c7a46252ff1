import Daybook

/// Where somebody reads: an offset for each partition, and whose turn it is.
struct MemoryCursor: Sendable {
    var log: Int
    private(set) var offsets: [StreamPartition: Int64]
    /// The partitions in the order of their turns, the next one first.
    private var turns: [StreamPartition]

    init(log: Int, starts: [StreamPartition: Int64] = [:]) {
        self.log = log
        offsets = starts
        turns = starts.keys.sorted()
    }

    mutating func add(_ starts: [StreamPartition: Int64]) {
        turns += starts.keys.filter { offsets[$0] == nil }.sorted()
        offsets.merge(starts) { $1 }
    }

    mutating func remove(_ partitions: Set<StreamPartition>) {
        turns.removeAll { partitions.contains($0) }
        offsets = offsets.filter { !partitions.contains($0.key) }
    }

    /// The next batch, and the turn goes to the partition behind it; nil when no partition has anything.
    mutating func next(
        maximum: Int, of partitions: [StreamPartition: MemoryPartition]
    ) throws(LogError) -> RecordBatch? {
        for (index, partition) in turns.enumerated() {
            guard let offset = offsets[partition], let source = partitions[partition] else { continue }
            guard offset >= source.low else {
                throw .outOfRange(position: Position(partition, offset), available: source.watermarks)
            }
            guard let (records, next) = source.read(from: offset, maximum: max(1, maximum)) else { continue }
            offsets[partition] = next
            turns = Array(turns[(index + 1)...] + turns[...index])
            return RecordBatch(partition: partition, records: records, nextOffset: next, end: source.end)
        }
        return nil
    }
}
