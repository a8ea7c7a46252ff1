public import Daybook

/// Finds events in the log itself: those that the index no longer has, over its bounds or deleted.
///
/// The log has no index by id, so this is a search: an id made as Daybook makes them (UUID version 7) tells when, and the
/// partitions are read around that log time, first those the id itself would be put into. It is bounded by the number of
/// records read, and an answer says when the bound cut it short.
public struct LogLookup: Sendable {
    public struct Options: Sendable {
        /// How long before the time in its id an event may have been logged: what clocks differ by.
        public var timeBefore = Duration.seconds(60)
        /// How long after that time it is looked for.
        public var timeAfter = Duration.seconds(600)
        /// How many records are read for one answer.
        public var maximumRecords = 200_000

        public init() {}
    }

    /// What a search found.
    public enum Answer: Sendable, Hashable {
        /// The event as far as its records were read; there may be later ones when it is not complete.
        case found(IndexedEvent, isComplete: Bool)
        /// It was deleted.
        case deleted
        /// It is not where it could be.
        case notFound
        /// Its id does not tell when it was made, or the bound on the number of records came first.
        case notSearchable
    }

    private let catalog: StreamCatalog
    private let options: Options

    public init(catalog: StreamCatalog, options: Options = Options()) {
        self.catalog = catalog
        self.options = options
    }

    /// Finds an event that the index does not have, and folds its records.
    ///
    /// - Throws: ``LogError``; `CancellationError`.
    public func event(_ id: EventID) async throws -> Answer {
        try await withEvent(id) { IndexedEvent($0) }.answer
    }

    /// As ``event(_:)``, with the event, when it was found, in place.
    public func withEvent<Result>(
        _ id: EventID, _ body: (IndexedEventView) throws -> Result
    ) async throws -> (answer: Answer, result: Result?) {
        guard let time = id.generatedAt else { return (.notSearchable, nil) }
        var budget = options.maximumRecords
        guard let created = try await created(of: id, around: time, &budget) else {
            return (budget > 0 ? .notFound : .notSearchable, nil)
        }
        let (index, isComplete) = try await fold(id, from: created, &budget)
        guard let event = index.event(id) else { return (.deleted, nil) }
        return (.found(event, isComplete: isComplete), try index.withEvent(id, body))
    }

    /// Where the `created` record of an event lies, whatever became of the event. An id that does not tell when it was made is
    /// looked for from the beginning of the log.
    ///
    /// - Returns: no position, and whether the search came to its end, when it was not found.
    public func created(of id: EventID) async throws -> (position: Position?, isComplete: Bool) {
        var budget = options.maximumRecords
        let position = try await created(of: id, around: id.generatedAt, &budget)
        return (position, position != nil || budget > 0)
    }

    // MARK: - Searching

    private func created(of id: EventID, around time: Timestamp?, _ budget: inout Int) async throws -> Position? {
        let streams = catalog.historyStreams
        // Unless it has an ordering key of its own, the event's id is what its partition follows from.
        let likely = streams.map { stream in
            StreamPartition(
                stream.name, id.withHexDigits { Partitioner.partition(of: $0, partitions: stream.partitions) })
        }
        if let found = try await created(of: id, in: likely, around: time, &budget) { return found }
        let others = Set(streams.flatMap(\.allPartitions)).subtracting(likely)
        return try await created(of: id, in: others.sorted(), around: time, &budget)
    }

    private func created(
        of id: EventID, in partitions: [StreamPartition], around time: Timestamp?, _ budget: inout Int
    ) async throws -> Position? {
        let from = time?.advanced(by: .zero - options.timeBefore)
        let until = time?.advanced(by: options.timeAfter)
        let ranges = try await catalog.log.watermarks(of: partitions)
        var starts: [StreamPartition: Int64] = [:]
        for (partition, range) in ranges {
            var start = range.low
            if let from { start = max(start, try await catalog.log.offset(in: partition, at: from)) }
            if start < range.end { starts[partition] = start }
        }
        guard !starts.isEmpty else { return nil }
        let reader = try await catalog.log.reader(from: starts)
        do {
            var open = Set(starts.keys)
            var found: Position?
            while found == nil, !open.isEmpty, budget > 0 {
                let batch = try await reader.next(maximum: 1000)
                budget -= batch.records.count
                guard open.contains(batch.partition) else { continue }
                found = batch.records.first { Self.isCreation($0.record, of: id) }
                    .map { Position(batch.partition, $0.offset) }
                let isBeyond = until.map { until in batch.records.last.map { $0.time > until } ?? false } ?? false
                if isBeyond || batch.nextOffset >= ranges[batch.partition]?.end ?? 0 { open.remove(batch.partition) }
            }
            await reader.close()
            return found
        } catch {
            await reader.close()
            throw error
        }
    }

    private static func isCreation(_ record: Record, of id: EventID) -> Bool {
        var isIt = false
        withUnsafePointer(to: record) { record in
            try? RecordReader.read(record) { isIt = $0.id == id && $0.operation == .created }
        }
        return isIt
    }

    // MARK: - Folding

    /// Folds the records of the event from its `created` on to the partition's end, as the index does.
    ///
    /// - Returns: an index of this event alone, and whether all its records are in it.
    private func fold(
        _ id: EventID, from created: Position, _ budget: inout Int
    ) async throws -> (index: EventIndex, isComplete: Bool) {
        let partition = created.partition
        let end = try await catalog.log.watermarks(of: [partition])[partition]?.end ?? 0
        let index = EventIndex()
        let reader = try await catalog.log.reader(from: [partition: created.offset])
        do {
            var next = created.offset
            while next < end, next == created.offset || budget > 0 {
                var batch = try await reader.next(maximum: 1000)
                budget -= batch.records.count
                next = batch.nextOffset
                batch.records.removeAll { !$0.record.concerns(id) }
                await index.apply(batch)
            }
            await reader.close()
            return (index, next >= end)
        } catch {
            await reader.close()
            throw error
        }
    }
}
