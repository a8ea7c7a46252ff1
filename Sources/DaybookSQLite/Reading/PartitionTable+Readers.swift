import Daybook
import Synchronization

/// Where a reader is in each of its partitions, and which of them have something for it.
struct ReaderState {
    struct Cursor {
        var offset: Int64
        /// Whether the partition is in the line of those that have something to be read.
        var isReady = true
        /// Tells a read under way that the reader was moved meanwhile.
        var version: Int
    }

    var cursors: [Int: Cursor] = [:]
    /// May hold partitions that are no longer read or no longer ready.
    private(set) var line = FIFO<Int>()
    var waiter: CheckedContinuation<Void, Never>?
    var isInterrupted = false
    private var lastVersion = 0

    mutating func set(_ partition: Int, to offset: Int64) {
        lastVersion += 1
        cursors[partition] = Cursor(offset: offset, version: lastVersion)
        line.append(partition)
    }

    mutating func markReady(_ partition: Int) {
        guard cursors[partition]?.isReady == false else { return }
        cursors[partition]?.isReady = true
        line.append(partition)
    }

    /// The partition whose turn it is; it then is no longer in the line.
    mutating func takeReady() -> Int? {
        while let partition = line.popFirst() {
            if cursors[partition]?.isReady == true {
                cursors[partition]?.isReady = false
                return partition
            }
        }
        return nil
    }
}

/// What a reader does next.
enum ReadStep {
    /// These records, of which the first batch is used from an index on, and at most `count` in all.
    case recent(StreamPartition, batches: [TailBatch], from: Int, count: Int, next: Int64, end: Int64)
    /// Read the database.
    case stored(PartitionReference, from: Int64, end: Int64, version: Int)
    case outOfRange(Position, Watermarks)
    case idle
    case interrupted
}

extension PartitionTable {
    func openReader() throws -> Int {
        try state.withLock { state in
            if state.isClosed { throw LogError.closed }
            state.nextReader += 1
            state.readers[state.nextReader] = ReaderState()
            return state.nextReader
        }
    }

    func isOpen(_ reader: Int) -> Bool {
        state.withLock { !$0.isClosed && $0.readers[reader] != nil }
    }

    /// Reads partitions from offsets on, or moves to those offsets where they are read already. All or none.
    ///
    /// - Throws: ``LogError/unknownPartition(_:)``; ``LogError/outOfRange(position:available:)``; ``LogError/closed``.
    func read(_ starts: [StreamPartition: Int64], by reader: Int) throws {
        let waiter = try state.withLock { state in
            guard state.readers[reader] != nil, !state.isClosed else { throw LogError.closed }
            let ids = try starts.map { name, offset in
                let id = try state.reference(name).id
                if let available = state.partitions[id]?.watermarks,
                    offset < available.low || offset > available.end
                {
                    throw LogError.outOfRange(position: Position(name, offset), available: available)
                }
                return (id, offset)
            }
            for (id, offset) in ids { state.set(reader, id, offset) }
            return state.readers[reader]?.waiter.take()
        }
        waiter?.resume()
    }

    /// As ``read(_:by:)``, but an offset out of range is told by the next read.
    func readUnchecked(_ starts: [Int: Int64], by reader: Int) {
        let waiter = state.withLock { state in
            for (id, offset) in starts { state.set(reader, id, offset) }
            return state.readers[reader]?.waiter.take()
        }
        waiter?.resume()
    }

    func stopReading(_ partitions: some Sequence<Int>, by reader: Int) {
        state.withLock { state in
            for id in partitions {
                state.readers[reader]?.cursors[id] = nil
                state.partitions[id]?.readers.removeAll { $0 == reader }
            }
        }
    }

    func stopReadingAll(by reader: Int) {
        let partitions = state.withLock { state in state.readers[reader].map { Array($0.cursors.keys) } ?? [] }
        stopReading(partitions, by: reader)
    }

    func closeReader(_ reader: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let closed = state.readers.removeValue(forKey: reader) else { return nil }
            for id in closed.cursors.keys { state.partitions[id]?.readers.removeAll { $0 == reader } }
            return closed.waiter
        }
        waiter?.resume()
    }

    /// Makes the reader's wait, or its next one, end with ``ReadStep/interrupted``.
    func interruptReader(_ reader: Int) {
        let waiter = state.withLock { state in
            state.readers[reader]?.isInterrupted = true
            return state.readers[reader]?.waiter.take()
        }
        waiter?.resume()
    }

    /// What the reader does next. Partitions with something to be read take turns.
    func nextStep(of reader: Int, maximum: Int) throws -> ReadStep {
        try state.withLock { state in
            guard !state.isClosed, state.readers[reader] != nil else { throw LogError.closed }
            if state.readers[reader]?.isInterrupted == true {
                state.readers[reader]?.isInterrupted = false
                return .interrupted
            }
            while let id = state.readers[reader]?.takeReady() {
                guard let cursor = state.readers[reader]?.cursors[id], let partition = state.partitions[id] else {
                    continue
                }
                if cursor.offset < partition.low || cursor.offset > partition.end {
                    // It stays in line: the error comes again until the reader is moved.
                    state.readers[reader]?.markReady(id)
                    return .outOfRange(Position(partition.reference.name, cursor.offset), partition.watermarks)
                }
                if cursor.offset == partition.end { continue }
                guard let first = partition.tailIndex(of: cursor.offset) else {
                    return .stored(
                        partition.reference, from: cursor.offset, end: partition.end, version: cursor.version)
                }
                let step = partition.recent(first, from: cursor.offset, maximum: maximum)
                if case .recent(_, _, _, _, let next, _) = step { state.moved(reader, id, to: next) }
                return step
            }
            return .idle
        }
    }

    /// Notes that the reader has read up to an offset; false when it was moved or stopped while it read.
    func advance(_ reader: Int, _ partition: Int, version: Int, to offset: Int64) -> Bool {
        state.withLock { state in
            guard state.readers[reader]?.cursors[partition]?.version == version else { return false }
            state.moved(reader, partition, to: offset)
            return true
        }
    }

    /// Puts a partition back in line after a read that failed.
    func retry(_ reader: Int, _ partition: Int) {
        state.withLock { $0.readers[reader]?.markReady(partition) }
    }

    /// Registers the continuation to be resumed when there may be something to do; false when there is already.
    func wait(_ reader: Int, _ continuation: CheckedContinuation<Void, Never>) -> Bool {
        state.withLock { state in
            // A task that was cancelled before this lock was taken is seen here, one cancelled later finds the waiter.
            guard !Task.isCancelled, !state.isClosed, let current = state.readers[reader],
                current.line.isEmpty, !current.isInterrupted
            else { return false }
            state.readers[reader]?.waiter = continuation
            return true
        }
    }

    func cancelWait(_ reader: Int) {
        state.withLock { $0.readers[reader]?.waiter.take() }?.resume()
    }
}

extension PartitionTable.State {
    fileprivate mutating func set(_ reader: Int, _ partition: Int, _ offset: Int64) {
        guard readers[reader] != nil else { return }
        if readers[reader]?.cursors[partition] == nil { partitions[partition]?.readers.append(reader) }
        readers[reader]?.set(partition, to: offset)
    }

    fileprivate mutating func moved(_ reader: Int, _ partition: Int, to offset: Int64) {
        readers[reader]?.cursors[partition]?.offset = offset
        if let end = partitions[partition]?.end, offset < end { readers[reader]?.markReady(partition) }
    }
}

extension Partition {
    fileprivate func recent(_ first: Int, from offset: Int64, maximum: Int) -> ReadStep {
        let skipped = Int(offset - tail[first].base)
        var batches: [TailBatch] = []
        var count = -skipped
        var bytes = 0
        var index = first
        while index < tail.count, count < maximum, bytes < BatchTable.maximumReadBytes {
            batches.append(tail[index])
            count += tail[index].records.count
            bytes += tail[index].bytes
            index += 1
        }
        count = min(count, maximum)
        return .recent(
            reference.name, batches: batches, from: skipped, count: count, next: offset + Int64(count), end: end)
    }
}
