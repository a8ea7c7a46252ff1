import Daybook
import LosslessJSON
import Testing

struct RecordRoundTripTests {
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a created record brings back the event`(seed: UInt64) throws {
        var events = RandomEvents(seed: seed)
        for _ in 0..<50 {
            let event = events.event()
            let entry = EventRecord(
                operation: .created, recordID: event.id.description, event: event, actor: events.maybe { $0.text() })
            let record = RecordEncoder.encode(entry)
            #expect(try RecordDecoder.decode(record) == entry)
            #expect(record.key == Array((event.orderingKey ?? event.id.description).utf8))
            #expect(record.value == event.payload?.bytes)
            #expect(RecordHeaders(packed: record.headers.packed) != nil)
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a changed record brings back what changed and the rest without payload`(seed: UInt64) throws {
        var events = RandomEvents(seed: seed)
        for _ in 0..<50 {
            let event = events.event()
            let changes = ChangedFields(rawValue: UInt16.random(in: 0..<1024, using: &events.random))
            let entry = EventRecord(
                operation: .changed, recordID: "x.1", event: event, changes: changes,
                actor: events.maybe { $0.text() },
                basis: events.maybe { _ in Position(StreamPartition("s", 2), 9) })
            var expected = entry
            if !changes.contains(.payload) { expected.event.payload = nil }
            if !changes.contains(.description) { expected.event.description = "" }
            let read = try RecordDecoder.decode(RecordEncoder.encode(entry))
            #expect(read == expected)
            #expect(read.change == entry.change)
        }
    }

    @Test func `a deleted record carries no payload`() throws {
        var events = RandomEvents(seed: 1)
        let event = events.event()
        let record = RecordEncoder.encode(EventRecord(operation: .deleted, recordID: "x.1", event: event))
        let read = try RecordDecoder.decode(record)
        #expect(record.value == nil)
        #expect(read.operation == .deleted && read.event.id == event.id && read.event.topic == event.topic)
        #expect(read.event.payload == nil && read.changes == [])
    }

    @Test func `no payload and an empty one differ`() throws {
        for payload in [nil, Payload(contentType: "text/plain", bytes: [])] {
            let entry = EventRecord(operation: .created, recordID: "x", event: Event(topic: "a", payload: payload))
            let record = RecordEncoder.encode(entry)
            #expect((record.value == nil) == (payload == nil))
            #expect(try RecordDecoder.decode(record).event.payload == payload)
        }
    }

    @Test func `changes are applied as they are read`() throws {
        var events = RandomEvents(seed: 9)
        for _ in 0..<200 {
            let before = events.event()
            let change = EventChange(
                status: events.maybe { _ in .failed }, progress: events.maybe { $0.progress() },
                retries: events.maybe { _ in 3 }, sender: events.maybe { $0.text() },
                senderType: events.maybe { $0.text() }, project: events.maybe { $0.text() },
                user: events.maybe { $0.text() }, description: events.maybe { $0.text() },
                summary: events.maybe { $0.object() }, payload: events.maybe { $0.payload() })
            var after = before
            change.apply(to: &after)
            let record = RecordEncoder.encode(
                EventRecord(operation: .changed, recordID: "x.1", event: after, changes: change.fields))
            var folded = before
            try RecordDecoder.decode(record).change.apply(to: &folded)
            #expect(folded == after)
        }
    }

    @Test func `finishing sets the progress unless it is given`() {
        #expect(EventChange(status: .finished).progress == 100)
        #expect(EventChange(status: .finished, progress: 30).progress == 30)
        #expect(EventChange(status: .failed).progress == nil)
        #expect(EventChange(progress: 3).isProgressOnly && !EventChange(status: .finished).isProgressOnly)
        #expect(!EventChange().isProgressOnly)
        #expect(Event(topic: "a").progress == 100 && Event(topic: "a", status: .pending).progress == 0)
    }
}
