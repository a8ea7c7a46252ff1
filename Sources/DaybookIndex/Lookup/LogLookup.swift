public import Daybook

/// Finds events and their histories in the log itself: those that the index no longer has, or never keeps.
///
/// The log has no index by id, so this is a search: an id made as Daybook makes them (UUID version 7) tells when, and the
/// partitions are read around that log time, first those the id itself would be put into. It is bounded by the number of
/// records read; an answer says when the bound cut it short.
public struct LogLookup: Sendable {
    public struct Options: Sendable {
        /// How long before the time in its id an event may have been logged: what clocks differ by.
        public var timeBefore = Duration.seconds(60)
        /// How long after that time it is looked for.
        public var timeAfter = Duration.seconds(600)
        /// How many records are looked at for one answer.
        public var maximumRecords = 200_000

        public init() {}
    }

    /// What a search found.
    public enum Answer: Sendable, Hashable {
        /// The event as far as its records were read. `isComplete` is false when there may be later ones.
        case found(IndexedEvent, isComplete: Bool)
        /// It was deleted.
        case deleted
        /// It is not where it could be.
        case notFound
        /// Its id does not tell when it was made, or the bound on the number of records came first.
        case notSearchable
    }

    /// A record of an event and where it lies.
    public struct Entry: Sendable, Hashable {
        public var position: Position
        public var stored: StoredRecord

        public init(position: Position, stored: StoredRecord) {
            self.position = position
            self.stored = stored
        }
    }

    /// Records of an event in their order.
    public struct History: Sendable, Hashable {
        public var entries: [Entry]
        /// False when there may be later ones, or the event may be elsewhere.
        public var isComplete: Bool
    }

    private let catalog: StreamCatalog
    private let options: Options

    public init(catalog: StreamCatalog, options: Options = Options()) {
        self.catalog = catalog
        self.options = options
    }

    /// Finds an event that the index does not have.
    ///
    /// - Throws: ``LogError``; `CancellationError`.
    public func event(_ id: EventID) async throws -> Answer {
        guard let time = id.generatedAt else { return .notSearchable }
        var budget = options.maximumRecords
        guard let start = try await findCreated(id, around: time, &budget) else {
            return budget > 0 ? .notFound : .notSearchable
        }
        let history = try await read(id, from: start, through: nil, &budget)
        // The fold of just these records.
        let index = EventIndex()
        for entry in history.entries {
            await index.apply(
                RecordBatch(
                    partition: entry.position.partition, records: [entry.stored],
                    nextOffset: entry.position.offset + 1, end: entry.position.offset + 1))
        }
        guard let event = index.event(id) else { return .deleted }
        return .found(event, isComplete: history.isComplete)
    }

    /// Every record of an event, in order; no entries when it is not found. Deleted events have a history, too.
    ///
    /// - Parameter index: tells where the event's records lie, if it has the event.
    /// - Throws: ``LogError``; `CancellationError`.
    public func history(of id: EventID, _ index: EventIndex) async throws -> History {
        var budget = options.maximumRecords
        if let span = index.withEvent(id, { (created: $0.created, last: $0.last) }) {
            return try await read(id, from: span.created, through: span.last.offset, &budget)
        }
        guard let time = id.generatedAt, let start = try await findCreated(id, around: time, &budget) else {
            return History(entries: [], isComplete: id.generatedAt != nil && budget > 0)
        }
        return try await read(id, from: start, through: nil, &budget)
    }

    // MARK: - Searching

    /// The first `created` record of an event.
    private func findCreated(_ id: EventID, around time: Timestamp, _ budget: inout Int) async throws -> Position? {
        let streams = catalog.historyStreams
        let key = Array(id.description.utf8)
        // Unless it has an ordering key of its own, the event's id is what its partition follows from.
        let likely = streams.map {
            StreamPartition($0.name, Partitioner.partition(of: key, partitions: $0.partitions))
        }
        if let found = try await findCreated(id, in: likely, around: time, &budget) { return found }
        let others = Set(streams.flatMap(\.allPartitions)).subtracting(likely)
        return try await findCreated(id, in: others.sorted(), around: time, &budget)
    }

    private func findCreated(
        _ id: EventID, in partitions: [StreamPartition], around time: Timestamp, _ budget: inout Int
    ) async throws -> Position? {
        let from = time.advanced(by: .zero - options.timeBefore)
        let until = time.advanced(by: options.timeAfter)
        var starts: [StreamPartition: Int64] = [:]
        let ranges = try await catalog.log.watermarks(of: partitions)
        for (partition, range) in ranges {
            let start = max(range.low, try await catalog.log.offset(in: partition, at: from))
            if start < range.end { starts[partition] = start }
        }
        var open = Set(starts.keys)
        guard !open.isEmpty else { return nil }
        return try await withReader(from: starts) { reader in
            while !open.isEmpty, budget > 0 {
                let batch = try await reader.next(maximum: 1000)
                guard open.contains(batch.partition) else { continue }
                for stored in batch.records {
                    budget -= 1
                    if Self.isRecord(stored, of: id, .created) {
                        return Position(batch.partition, stored.offset)
                    }
                    if stored.time > until { open.remove(batch.partition) }
                }
                if batch.nextOffset >= ranges[batch.partition]?.end ?? 0 { open.remove(batch.partition) }
            }
            return nil
        }
    }

    /// The records of an event from its `created` on, up to an offset or the partition's end.
    private func read(
        _ id: EventID, from start: Position, through last: Int64?, _ budget: inout Int
    ) async throws -> History {
        let range = try await catalog.log.watermarks(of: [start.partition])[start.partition]
        let end = min(last.map { $0 + 1 } ?? .max, range?.end ?? 0)
        let first = max(start.offset, range?.low ?? 0)
        var history = History(entries: [], isComplete: first == start.offset)
        guard first < end else { return history }
        return try await withReader(from: [start.partition: first]) { reader in
            var next = first
            while next < end, budget > 0 {
                let batch = try await reader.next(maximum: Int(min(1000, end - next)))
                for stored in batch.records where stored.offset < end && Self.isRecord(stored, of: id, nil) {
                    history.entries.append(
                        Entry(position: Position(batch.partition, stored.offset), stored: stored))
                }
                budget -= batch.records.count
                next = batch.nextOffset
            }
            if next < end { history.isComplete = false }
            return history
        }
    }

    private static func isRecord(_ stored: StoredRecord, of id: EventID, _ operation: RecordOperation?) -> Bool {
        var isIt = false
        withUnsafePointer(to: stored.record) { record in
            try? RecordReader.read(record) { contents in
                isIt = contents.id == id && (operation == nil || contents.operation == operation)
            }
        }
        return isIt
    }

    private func withReader<Result>(
        from starts: [StreamPartition: Int64], _ body: (any LogReader) async throws -> Result
    ) async throws -> Result {
        let reader = try await catalog.log.reader(from: starts)
        do {
            let result = try await body(reader)
            await reader.close()
            return result
        } catch {
            await reader.close()
            throw error
        }
    }
}
