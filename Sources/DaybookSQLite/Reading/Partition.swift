import Daybook

/// A partition's name together with what the database knows it by.
struct PartitionReference: Sendable, Hashable {
    var id: Int
    /// The table of its batches.
    var table: String
    var name: StreamPartition
}

/// What the log knows of a partition in memory.
struct Partition: Sendable {
    let reference: PartitionReference
    let isCompact: Bool
    /// Microseconds; nil for ever.
    let retention: Int64?
    var low: Int64
    var end: Int64
    /// The log time of the last record: the next one's is not below it.
    var lastTime: Int64
    /// Whether batches below the low watermark may still have to be deleted.
    var hasGarbage = false
    /// The end at which the next compaction is due.
    var compactAt: Int64 = 0
    /// The records appended last, without a gap up to the end.
    var tail = FIFO<TailBatch>()
    /// Who reads here, as numbers of the partition table.
    var readers: [Int] = []

    var watermarks: Watermarks { Watermarks(low: low, end: end) }

    /// The place in the tail of the batch that holds an offset below the end; nil when it is not in memory any more.
    func tailIndex(of offset: Int64) -> Int? {
        guard let first = tail.first, offset >= first.base else { return nil }
        var (low, high) = (0, tail.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if tail[middle].base <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

/// Records of one commit, as they were appended: their offsets follow one another.
struct TailBatch: Sendable {
    var base: Int64
    var records: [StoredRecord]
    var bytes: Int

    var end: Int64 { base + Int64(records.count) }
}
