/// One record of an event, as its history shows it.
public struct HistoryEntry: Sendable, Hashable {
    public var position: Position
    /// The log time.
    public var time: Timestamp
    public var record: EventRecord

    public init(position: Position, time: Timestamp, record: EventRecord) {
        self.position = position
        self.time = time
        self.record = record
    }
}

extension EventLog {
    /// Every record of an event in order, read from its partition: also after the event was deleted, as long as the
    /// log holds them.
    ///
    /// - Parameters:
    ///   - created: where its `created` record lies.
    ///   - last: its last record, when known: reading stops behind it; else at the partition's present end.
    public func history(of id: EventID, created: Position, last: Int64? = nil) async throws -> [HistoryEntry] {
        let partition = created.partition
        guard let range = try await watermarks(of: [partition])[partition] else { return [] }
        let end = min(last.map { $0 + 1 } ?? range.end, range.end)
        let start = max(created.offset, range.low)
        guard start < end else { return [] }
        let reader = try await reader(from: [partition: start])
        do {
            var entries: [HistoryEntry] = []
            var next = start
            while next < end {
                let batch = try await reader.next(maximum: 1000)
                next = batch.nextOffset
                for stored in batch.records where stored.offset < end && stored.record.concerns(id) {
                    guard let record = try? RecordDecoder.decode(stored.record) else { continue }
                    entries.append(
                        HistoryEntry(position: Position(partition, stored.offset), time: stored.time, record: record))
                }
            }
            await reader.close()
            return entries
        } catch {
            await reader.close()
            throw error
        }
    }
}

extension Record {
    /// Whether the record is one of the event's. Told from the headers alone where possible.
    public func concerns(_ id: EventID) -> Bool {
        if let identity = try? WireFields.read(headers, { try $0.identity() }) { return identity.id == id }
        guard let binary = try? StructuredMode.binary(from: self) else { return false }
        return (try? WireFields.read(binary.headers) { try $0.identity() })?.id == id
    }
}
