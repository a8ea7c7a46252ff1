import Daybook

@testable import DaybookIndex

/// Writes records of one partition by hand and applies them to an index.
struct PartitionScript {
    let partition: StreamPartition
    let index: EventIndex
    private(set) var next: Int64
    private(set) var time: Int64

    init(
        _ stream: String = "test.a", _ number: Int32 = 0, on index: EventIndex, next: Int64 = 0, time: Int64 = 1_000_000
    ) {
        partition = StreamPartition(stream, number)
        self.index = index
        self.next = next
        self.time = time
    }

    /// Applies one record, a millisecond after the last one unless said otherwise.
    @discardableResult
    mutating func apply(_ record: Record, at newTime: Int64? = nil) async -> Position {
        time = newTime ?? time + 1000
        let stored = StoredRecord(offset: next, time: Timestamp(microseconds: time), record: record)
        next += 1
        await index.apply(RecordBatch(partition: partition, records: [stored], nextOffset: next, end: next))
        return Position(partition, next - 1)
    }

    @discardableResult
    mutating func create(_ event: Event, at time: Int64? = nil, actor: String? = nil) async -> Position {
        await apply(
            RecordEncoder.encode(
                EventRecord(operation: .created, recordID: event.id.description, event: event, actor: actor)), at: time)
    }

    @discardableResult
    mutating func change(_ event: Event, _ change: EventChange, at time: Int64? = nil) async -> Position {
        await apply(Self.changed(event, change), at: time)
    }

    @discardableResult
    mutating func delete(_ event: Event, at time: Int64? = nil) async -> Position {
        await apply(
            RecordEncoder.encode(EventRecord(operation: .deleted, recordID: "\(event.id).9", event: event)), at: time)
    }

    static func changed(_ event: Event, _ change: EventChange, basis: Position? = nil) -> Record {
        var event = event
        change.apply(to: &event)
        return RecordEncoder.encode(
            EventRecord(
                operation: .changed, recordID: "\(event.id).1", event: event, changes: change.fields, basis: basis))
    }
}
