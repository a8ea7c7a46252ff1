import Daybook
import Synchronization

extension PartitionTable {
    /// What the cleaner has to know of a partition.
    struct ToClean: Sendable {
        var reference: PartitionReference
        var isCompact: Bool
        var retention: Int64?
        var low: Int64
        var end: Int64
        var hasGarbage: Bool
        var compactAt: Int64
    }

    /// The partitions in which something goes by itself or was trimmed.
    func partitionsToClean() -> [ToClean] {
        state.withLock { state in
            state.partitions.values.compactMap { partition in
                guard partition.isCompact || partition.retention != nil || partition.hasGarbage else { return nil }
                return ToClean(
                    reference: partition.reference, isCompact: partition.isCompact, retention: partition.retention,
                    low: partition.low, end: partition.end, hasGarbage: partition.hasGarbage,
                    compactAt: partition.compactAt)
            }
        }
    }

    /// The log time of a partition's last record; only the writer may rely on it.
    func lastTime(of id: Int) -> Int64 {
        state.withLock { $0.partitions[id]?.lastTime } ?? 0
    }

    /// Moves a partition's low watermark up, after the database did.
    func raiseLow(_ id: Int, to offset: Int64) {
        state.withLock { state in
            guard let low = state.partitions[id]?.low, low < offset else { return }
            state.partitions[id]?.low = offset
            state.partitions[id]?.hasGarbage = true
        }
    }

    /// Notes that the batches below an offset are deleted.
    func swept(_ id: Int, below offset: Int64) {
        state.withLock { state in
            if state.partitions[id]?.low == offset { state.partitions[id]?.hasGarbage = false }
        }
    }

    /// Notes that a partition is compacted up to an offset, and at which end it is to be done again.
    func compacted(_ id: Int, below offset: Int64, next: Int64) {
        state.withLock { state in
            state.partitions[id]?.compactAt = next
            state.dropTail(of: id, below: offset)
        }
    }

    /// Puts off a compaction that failed, so that it is not tried again at every append.
    func postponeCompaction(of id: Int, by records: Int64) {
        state.withLock { state in
            guard let end = state.partitions[id]?.end else { return }
            state.partitions[id]?.compactAt = end + records
        }
    }
}

extension PartitionTable.State {
    /// Forgets what was appended below an offset: the tail shows what compaction has dropped.
    fileprivate mutating func dropTail(of id: Int, below offset: Int64) {
        while let first = partitions[id]?.tail.first, first.base < offset {
            tailBytes -= partitions[id]?.tail.popFirst()?.bytes ?? 0
            // Its entry in the order of eviction would take the next batch of the partition for it.
            forgotten[id, default: 0] += 1
        }
    }
}
