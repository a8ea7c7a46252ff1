import Daybook

/// All that a ``MemoryStore`` holds, as plain values that change under its one lock.
///
/// Nothing here waits, sleeps or looks at a clock. So equal calls in equal order give equal states.
struct MemoryState: Sendable {
    /// Numbers for logs, readers, members and transactions, so that none is ever taken for another.
    private var lastID = 0
    var specifications: [String: StreamSpecification] = [:]
    var partitions: [StreamPartition: MemoryPartition] = [:]
    /// The logs that are open on this store.
    var logs: [Int: LogStatistics] = [:]
    var readers: [Int: MemoryCursor] = [:]
    var producers: [String: MemoryProducer] = [:]
    var groups: [String: MemoryGroup] = [:]

    mutating func makeID() -> Int {
        lastID += 1
        return lastID
    }

    func checkOpen(_ log: Int) throws(LogError) {
        if logs[log] == nil { throw .closed }
    }

    func partition(_ partition: StreamPartition) throws(LogError) -> MemoryPartition {
        guard let found = partitions[partition] else { throw .unknownPartition(partition) }
        return found
    }

    // MARK: Streams

    mutating func create(_ streams: [StreamSpecification]) throws(LogError) {
        var wanted = specifications
        for stream in streams {
            guard stream.partitions > 0, !stream.name.isEmpty else {
                throw .refused("stream \"\(stream.name)\" needs a name and at least one partition")
            }
            guard let existing = wanted[stream.name] else {
                wanted[stream.name] = stream
                continue
            }
            if existing.partitions != stream.partitions {
                throw .streamMismatch(
                    stream: stream.name, reason: "it has \(existing.partitions) partitions, not \(stream.partitions)")
            }
            if existing.cleanup != stream.cleanup {
                throw .streamMismatch(
                    stream: stream.name, reason: "its clean-up is \(existing.cleanup), not \(stream.cleanup)")
            }
        }
        for (name, stream) in wanted where specifications[name] == nil {
            for partition in stream.allPartitions { partitions[partition] = MemoryPartition() }
        }
        specifications = wanted
    }

    // MARK: Appending

    /// Appends each record, or says why not. The first failure in a partition holds back what follows in that partition.
    mutating func append(
        _ records: [NewRecord], at now: Timestamp, maximumBytes: Int, log: Int
    ) -> [Result<Appended, LogError>] {
        guard logs[log] != nil else { return records.map { _ in .failure(.closed) } }
        var failed: Set<StreamPartition> = []
        let outcomes: [Result<Appended, LogError>] = records.map { new in
            if failed.contains(new.partition) { return .failure(.precedingFailed) }
            do throws(LogError) {
                try check(new, maximumBytes: maximumBytes)
                return .success(store(new, at: now, transaction: nil, log: log))
            } catch {
                failed.insert(new.partition)
                return .failure(error)
            }
        }
        logs[log]?.failedAppends += outcomes.count { if case .failure = $0 { true } else { false } }
        logs[log]?.commits += failed.count < outcomes.count ? 1 : 0
        return outcomes
    }

    func check(_ new: NewRecord, maximumBytes: Int) throws(LogError) {
        _ = try partition(new.partition)
        guard new.record.byteCount <= maximumBytes else {
            throw .tooLarge(bytes: new.record.byteCount, maximum: maximumBytes)
        }
        if specifications[new.partition.stream]?.cleanup == .compact, new.record.key == nil {
            throw .refused("stream \(new.partition.stream) is compacted: its records need a key")
        }
    }

    mutating func store(_ new: NewRecord, at now: Timestamp, transaction: Int?, log: Int) -> Appended {
        let stored = partitions[new.partition, default: MemoryPartition()]
            .append(new.record, at: now, transaction: transaction)
        logs[log]?.appendedRecords += 1
        logs[log]?.appendedBytes += new.record.byteCount
        return Appended(position: Position(new.partition, stored.offset), time: stored.time)
    }

    // MARK: Reading

    mutating func makeReader(from starts: [StreamPartition: Int64], log: Int) throws(LogError) -> Int {
        try checkOpen(log)
        for (partition, offset) in starts { try checkRange(Position(partition, offset)) }
        let id = makeID()
        readers[id] = MemoryCursor(log: log, starts: starts)
        return id
    }

    mutating func addToReader(_ reader: Int, _ starts: [StreamPartition: Int64]) throws(LogError) {
        guard readers[reader] != nil else { throw .closed }
        for (partition, offset) in starts { try checkRange(Position(partition, offset)) }
        readers[reader]?.add(starts)
    }

    /// What a reader gets next; nil while it has to wait.
    mutating func next(of reader: Int, maximum: Int) throws(LogError) -> RecordBatch? {
        guard var cursor = readers[reader] else { throw .closed }
        let batch = try cursor.next(maximum: maximum, of: partitions)
        readers[reader] = cursor
        count(batch, log: cursor.log)
        return batch
    }

    mutating func count(_ batch: RecordBatch?, log: Int) {
        guard let batch else { return }
        logs[log]?.readRecords += batch.records.count
        logs[log]?.readBytes += batch.records.reduce(0) { $0 + $1.record.byteCount }
    }

    private func checkRange(_ position: Position) throws(LogError) {
        let found = try partition(position.partition)
        // As on Kafka, one may stand behind an open transaction, on any offset the log has given.
        guard (found.low...found.next).contains(position.offset) else {
            throw .outOfRange(position: position, available: found.watermarks)
        }
    }

    // MARK: Cleaning

    mutating func trim(_ partition: StreamPartition, before offset: Int64) throws(LogError) {
        let found = try self.partition(partition)
        guard offset <= found.end else {
            throw .outOfRange(position: Position(partition, offset), available: found.watermarks)
        }
        partitions[partition]?.trim(before: offset)
    }

    /// Does what the streams' clean-up asks for.
    mutating func clean(at now: Timestamp) {
        for specification in specifications.values {
            for partition in specification.allPartitions {
                switch specification.cleanup {
                case .delete(retention: nil): break
                case .delete(let retention?): partitions[partition]?.retain(since: now.advanced(by: .zero - retention))
                case .compact: partitions[partition]?.compact()
                }
            }
        }
    }

    // MARK: The end of a log

    /// Closes a log: its readers end, its members leave, its open transactions are aborted.
    mutating func close(_ log: Int) {
        logs[log] = nil
        readers = readers.filter { $0.value.log != log }
        for id in producers.keys.sorted() where producers[id]?.log == log { abandon(producer: id) }
        for name in groups.keys.sorted() { groups[name]?.leave(log: log) }
    }

    /// Ends a log as the death of its process does: members and open transactions stay behind until their time is over.
    mutating func crash(_ log: Int) {
        logs[log] = nil
        readers = readers.filter { $0.value.log != log }
    }
}
