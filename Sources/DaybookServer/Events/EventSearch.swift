import Daybook

/// Finds an event's `created` record in the log itself: for events that the index no longer knows.
///
/// Ids of version 7 tell when they were made, and the partition follows from the id unless the event had an ordering
/// key. So the likely partitions are read first, and none from its beginning.
struct EventSearch: Sendable {
    /// How far ahead a publisher's clock may have been.
    private static let clockTolerance = Duration.seconds(-3600)
    /// One search at a time: it reads much, and whoever asks for unknown ids must not stop the others.
    private let gate = AsyncGate()

    /// - Returns: nil when no history stream holds the record.
    func created(of id: EventID, in catalog: StreamCatalog) async throws -> Position? {
        try await gate.withLock {
            let all = catalog.historyStreams.flatMap(\.allPartitions)
            let likely = Set(catalog.historyStreams.map { Self.partition(of: id, in: $0) })
            if let position = try await search(for: id, in: all.filter { likely.contains($0) }, of: catalog.log) {
                return position
            }
            return try await search(for: id, in: all.filter { !likely.contains($0) }, of: catalog.log)
        }
    }

    private static func partition(of id: EventID, in stream: StreamSpecification) -> StreamPartition {
        StreamPartition(
            stream.name, id.withHexDigits { Partitioner.partition(of: $0, partitions: stream.partitions) })
    }

    private func search(
        for id: EventID, in partitions: [StreamPartition], of log: any EventLog
    ) async throws -> Position? {
        let ends = try await log.watermarks(of: partitions)
        var starts: [StreamPartition: Int64] = [:]
        for (partition, range) in ends {
            var start = range.low
            if let time = id.generatedAt?.advanced(by: Self.clockTolerance) {
                start = max(start, try await log.offset(in: partition, at: time))
            }
            if start < range.end { starts[partition] = start }
        }
        guard !starts.isEmpty else { return nil }
        let reader = try await log.reader(from: starts)
        do {
            let position = try await read(reader, until: ends, open: Set(starts.keys), for: id)
            await reader.close()
            return position
        } catch {
            await reader.close()
            throw error
        }
    }

    private func read(
        _ reader: any LogReader, until ends: [StreamPartition: Watermarks], open: Set<StreamPartition>, for id: EventID
    ) async throws -> Position? {
        var open = open
        while !open.isEmpty {
            let batch = try await reader.next(maximum: 1000)
            for stored in batch.records where stored.record.concerns(id) {
                guard let record = try? RecordDecoder.decode(stored.record), record.operation == .created else {
                    continue
                }
                return Position(batch.partition, stored.offset)
            }
            if batch.nextOffset >= ends[batch.partition]?.end ?? 0 { open.remove(batch.partition) }
        }
        return nil
    }
}
