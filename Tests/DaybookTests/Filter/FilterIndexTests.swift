import Daybook
import LosslessJSON
import Testing

/// What the index of filters finds is what trying each of them finds.
struct FilterIndexTests {
    private static let events: [Event] = {
        var events: [Event] = []
        for topic in ["entity.folder.created", "entity.task.status_changed", "job.done", "job", "mail.sent"] {
            for (project, status) in [("a", EventStatus.finished), ("b", .failed)] {
                var event = Event(topic: topic, sender: "s-\(project)", project: project, status: status)
                event.entity = EntityChange(type: "folder", id: "id-\(project)")
                event.payload = Payload(bytes: Array(#"{"p": "\#(project)"}"#.utf8))
                events.append(event)
            }
        }
        return events
    }()

    private static let filters = [
        "topic = entity.*", "topic = *.created", "topic = job", "topic in (job, mail.*)", "project = a",
        "project = a and topic = job.*", "entityId = id-b or topic = mail.sent", "not project = a",
        "user is null", "payload.p = b", "payload.p = a and topic = e*", "status in (failed, pending)",
        "topic = job or topic = job.*", "sender ~ *-b", "topic = *", "user = nobody",
    ]

    @Test func `finds what trying each filter finds, in order`() throws {
        var index = FilterIndex<String>()
        for text in Self.filters { index.insert(try Filter(text), for: text) }
        index.insert(nil, for: "everything")
        for event in Self.events {
            let expected = try Self.filters.filter { try Filter($0).matches(event) } + ["everything"]
            #expect(index.matches(event) { event.payload } == expected)
            let record = StoredRecord(
                offset: 0, time: Timestamp(milliseconds: 0), record: RecordEncoder.encode(created: event, actor: nil))
            #expect(try index.matches(record) == expected)
        }
    }

    @Test func `what is taken out or replaced is not found any more`() throws {
        var index = FilterIndex<Int>()
        for (at, text) in Self.filters.enumerated() { index.insert(try Filter(text), for: at) }
        for at in stride(from: 0, to: Self.filters.count, by: 2) { index.remove(at) }
        index.remove(100)
        index.insert(try Filter("topic = mail.sent"), for: 1)
        for event in Self.events {
            var expected = try Self.filters.indices.filter { at in
                try at % 2 == 1 && at != 1 && Filter(Self.filters[at]).matches(event)
            }
            if event.topic == "mail.sent" { expected.append(1) }
            #expect(index.matches(event) { event.payload } == expected)
        }
        for at in Self.filters.indices { index.remove(at) }
        #expect(index.isEmpty && index.matches(Self.events[0]).isEmpty)
    }

    @Test func `the payload is asked for once, and only when a filter looks at it`() throws {
        var index = FilterIndex<Int>()
        for number in 0..<10 { index.insert(try Filter("topic = job and payload.p = a"), for: number) }
        var asked = 0
        func payload() -> Payload? {
            asked += 1
            return Payload(bytes: Array(#"{"p": "a"}"#.utf8))
        }
        #expect(index.matches(Event(topic: "mail.sent"), payload: payload).isEmpty && asked == 0)
        #expect(index.matches(Event(topic: "job"), payload: payload).count == 10 && asked == 1)
    }

    /// By counting looks, not by a clock: filters about other topics and entities are not looked at.
    @Test func `filters that have nothing in common with an event are not tried`() throws {
        final class Counting: FilterSubject {
            var asked = 0
            func value(of field: EventField) -> FieldValue? {
                asked += 1
                return field == .topic ? .text("job.done") : field == .entityId ? .text("e7") : nil
            }
            var filteredSummary: JSONText { .emptyObject }
            var filteredMetadata: JSONText { .emptyObject }
        }
        var index = FilterIndex<Int>()
        for number in 0..<5000 {
            index.insert(try Filter("topic = other.t\(number).* and retries > 1"), for: number)
            index.insert(try Filter("topic = job.* and entityId = e\(number)"), for: -1 - number)
        }
        let event = Counting()
        #expect(index.matches(event) == [-8])
        #expect(event.asked < 10)
    }
}
