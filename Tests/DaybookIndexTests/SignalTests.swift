import Daybook
import Testing

@testable import DaybookIndex

@Suite struct SignalTests {
    let index = EventIndex()
    let signals = StreamPartition("test.signals", 0)

    private func signal(_ record: Record, at offset: Int64, time: Int64 = 1_000_000) async {
        let stored = StoredRecord(offset: offset, time: Timestamp(microseconds: time), record: record)
        await index.applySignals(
            RecordBatch(partition: signals, records: [stored], nextOffset: offset + 1, end: offset + 1))
    }

    private func tick(_ event: Event, _ progress: Double, basis: Position) -> Record {
        PartitionScript.changed(event, EventChange(progress: progress), basis: basis)
    }

    @Test func progressIsShownUntilTheNextRecord() async throws {
        var log = PartitionScript(on: index)
        let event = Event(topic: "a.b", status: .inProgress)
        let created = await log.create(event)
        let dump = try await index.dump()
        await signal(tick(event, 30, basis: created), at: 0)
        await signal(tick(event, 40, basis: created), at: 1)
        #expect(index.event(event.id)?.event.progress == 40)
        #expect(try await index.query(EventQuery()).events.first?.event.progress == 40)
        #expect(index.event(event.id)?.last == created)
        #expect(try await index.dump() == dump)
        let last = await log.change(event, EventChange(description: "half way"))
        #expect(index.event(event.id)?.event.progress == 0)
        await signal(tick(event, 60, basis: last), at: 2)
        #expect(index.event(event.id)?.event.progress == 60)
        await log.change(event, EventChange(status: .finished))
        #expect(index.event(event.id)?.event.progress == 100)
    }

    @Test func itDoesNotMatterWhichComesFirst() async {
        let event = Event(topic: "a.b", status: .inProgress)
        let partition = StreamPartition("test.a", 0)
        await signal(tick(event, 55, basis: Position(partition, 1)), at: 0)
        // An older basis that comes later does not take its place.
        await signal(tick(event, 20, basis: Position(partition, 0)), at: 1)
        var log = PartitionScript(on: index)
        await log.create(event)
        #expect(index.event(event.id)?.event.progress == 0)
        await log.change(event, EventChange(description: "x"))
        #expect(index.event(event.id)?.event.progress == 55)
    }

    @Test func whatIsOnlyPushedNeverEntersTheIndex() async {
        let event = Event(topic: "a.b")
        await signal(
            RecordEncoder.encode(EventRecord(operation: .created, recordID: event.id.description, event: event)),
            at: 0)
        #expect(index.event(event.id) == nil)
        #expect(index.statistics.signals == 0)
    }

    @Test func signalsGoAfterAnHourOfLogTimeAndOverTheBound() async {
        let index = EventIndex(bounds: IndexBounds(maximumSignals: 10))
        let partition = StreamPartition("test.a", 0)
        func apply(_ number: Int, time: Int64) async {
            let event = Event(topic: "a.b", id: EventID(high: 1, low: UInt64(number)), status: .inProgress)
            let stored = StoredRecord(
                offset: Int64(number), time: Timestamp(microseconds: time),
                record: tick(event, 1, basis: Position(partition, 0)))
            await index.applySignals(
                RecordBatch(partition: signals, records: [stored], nextOffset: Int64(number) + 1, end: 0))
        }
        for number in 0..<25 { await apply(number, time: 1_000_000) }
        #expect(index.statistics.signals == 10)
        await apply(100, time: 1_000_001 + 3_600_000_000)
        #expect(index.statistics.signals == 1)
    }
}
