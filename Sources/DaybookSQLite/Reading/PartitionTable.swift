import Daybook
import Synchronization

/// The partitions in memory: their watermarks, the records appended last, and who reads them. One lock, held for moments.
///
/// Readers that keep up are served from here alone: a commit hands its records over and wakes them, and SQLite is not asked.
final class PartitionTable: Sendable {
    struct State {
        var streams: [String: StreamSpecification] = [:]
        var ids: [StreamPartition: Int] = [:]
        var partitions: [Int: Partition] = [:]
        /// The partition of each batch in the tails, oldest first.
        var tailOrder = FIFO<Int>()
        var tailBytes = 0
        /// How many of a partition's first entries in that order are of batches that are gone already.
        var forgotten: [Int: Int] = [:]
        var readers: [Int: ReaderState] = [:]
        var nextReader = 0
        var isClosed = false
    }

    private let tailLimit: Int
    let state = Mutex(State())

    init(tailLimit: Int) {
        self.tailLimit = tailLimit
    }

    var streams: [String: StreamSpecification] { state.withLock { $0.streams } }

    /// - Throws: ``LogError/closed``.
    func checkOpen() throws {
        if state.withLock({ $0.isClosed }) { throw LogError.closed }
    }

    /// Takes up partitions that were loaded or made.
    func add(_ stream: StreamSpecification, _ partitions: [Partition]) {
        state.withLock { state in
            state.streams[stream.name] = stream
            for partition in partitions {
                state.ids[partition.reference.name] = partition.reference.id
                state.partitions[partition.reference.id] = partition
            }
        }
    }

    /// - Throws: ``LogError/unknownPartition(_:)``.
    func reference(_ name: StreamPartition) throws -> PartitionReference {
        try state.withLock { try $0.reference(name) }
    }

    func watermarks(of names: [StreamPartition]) throws -> [StreamPartition: Watermarks] {
        try state.withLock { state in
            var result: [StreamPartition: Watermarks] = [:]
            for name in names {
                result[name] = state.partitions[try state.reference(name).id]?.watermarks
            }
            return result
        }
    }

    /// Where the next record of a partition goes; only the writer may rely on it.
    func appendPoint(_ name: StreamPartition) -> (
        reference: PartitionReference, end: Int64, lastTime: Int64, isCompact: Bool
    )? {
        state.withLock { state in
            guard let id = state.ids[name], let partition = state.partitions[id] else { return nil }
            return (partition.reference, partition.end, partition.lastTime, partition.isCompact)
        }
    }

    /// The numbers of a stream's partitions.
    ///
    /// - Throws: ``LogError/unknownPartition(_:)`` of its first partition when there is no such stream.
    func partitions(of stream: String) throws -> [Int] {
        try state.withLock { state in
            guard let specification = state.streams[stream] else {
                throw LogError.unknownPartition(StreamPartition(stream, 0))
            }
            return specification.allPartitions.compactMap { state.ids[$0] }
        }
    }

    func names(of partitions: Set<Int>) -> Set<StreamPartition> {
        state.withLock { state in Set(partitions.compactMap { state.partitions[$0]?.reference.name }) }
    }

    func watermarks(of id: Int) -> Watermarks {
        state.withLock { $0.partitions[id]?.watermarks } ?? Watermarks(low: 0, end: 0)
    }

    /// Makes committed records visible, and wakes whoever waits for them; true when they give the cleaner something to do.
    func publish(_ runs: [AppendPlan.Run]) -> Bool {
        let (waiters, isDue) = state.withLock { state in
            var waiters: [CheckedContinuation<Void, Never>] = []
            var isDue = false
            for run in runs where !run.batch.records.isEmpty {
                if state.partitions[run.reference.id]?.take(run) == true { isDue = true }
                state.tailOrder.append(run.reference.id)
                state.tailBytes += run.batch.bytes
                for reader in state.partitions[run.reference.id]?.readers ?? [] {
                    state.readers[reader]?.markReady(run.reference.id)
                    if let waiter = state.readers[reader]?.waiter.take() { waiters.append(waiter) }
                }
            }
            while state.tailBytes > tailLimit, let oldest = state.tailOrder.popFirst() { state.evict(from: oldest) }
            return (waiters, isDue)
        }
        for waiter in waiters { waiter.resume() }
        return isDue
    }

    /// Whether records may be taken out of the middle of a partition.
    func isCompacted(_ partition: PartitionReference) -> Bool {
        state.withLock { $0.partitions[partition.id]?.isCompact ?? true }
    }

    /// The records at positions as far as the tails hold them. The outer nil: the database must be asked.
    func recentRecords(at positions: [Position]) throws -> [StoredRecord??] {
        try state.withLock { state in
            try positions.map { position -> StoredRecord?? in
                guard let partition = state.partitions[try state.reference(position.partition).id],
                    position.offset >= partition.low, position.offset < partition.end
                else { return .some(nil) }
                guard let index = partition.tailIndex(of: position.offset) else { return nil }
                return partition.tail[index].records[Int(position.offset - partition.tail[index].base)]
            }
        }
    }

    /// Ends all readers.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.readers.keys.compactMap { state.readers[$0]?.waiter.take() }
        }
        for waiter in waiters { waiter.resume() }
    }
}

extension PartitionTable.State {
    /// Drops the oldest batch of a partition's tail.
    fileprivate mutating func evict(from id: Int) {
        if let count = forgotten[id] {
            forgotten[id] = count > 1 ? count - 1 : nil
        } else {
            tailBytes -= partitions[id]?.tail.popFirst()?.bytes ?? 0
        }
    }

    func reference(_ name: StreamPartition) throws -> PartitionReference {
        guard let id = ids[name], let partition = partitions[id] else { throw LogError.unknownPartition(name) }
        return partition.reference
    }
}

extension Partition {
    fileprivate mutating func take(_ run: AppendPlan.Run) -> Bool {
        // The cleaner sleeps while a partition is empty, and until compaction is due.
        let isDue = (retention != nil && low == end) || (isCompact && end < compactAt && run.batch.end >= compactAt)
        end = run.batch.end
        lastTime = run.time
        tail.append(run.batch)
        return isDue
    }
}
