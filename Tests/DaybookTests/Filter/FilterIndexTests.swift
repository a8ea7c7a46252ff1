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
        var search = FilterSearch(index)
        for event in Self.events {
            let expected = try Self.filters.filter { try Filter($0).matches(event) } + ["everything"]
            #expect(search.matches(event) { event.payload } == expected)
            let record = StoredRecord(
                offset: 0, time: Timestamp(milliseconds: 0), record: RecordEncoder.encode(created: event, actor: nil))
            #expect(try search.matches(record) == expected)
        }
    }

    @Test func `what is taken out or replaced is not found any more`() throws {
        var index = FilterIndex<Int>()
        for (at, text) in Self.filters.enumerated() { index.insert(try Filter(text), for: at) }
        for at in stride(from: 0, to: Self.filters.count, by: 2) { index.remove(at) }
        index.remove(100)
        index.insert(try Filter("topic = mail.sent"), for: 1)
        var search = FilterSearch(index)
        for event in Self.events {
            var expected = try Self.filters.indices.filter { at in
                try at % 2 == 1 && at != 1 && Filter(Self.filters[at]).matches(event)
            }
            if event.topic == "mail.sent" { expected.append(1) }
            #expect(search.matches(event) { event.payload } == expected)
        }
        for at in Self.filters.indices { index.remove(at) }
        search = FilterSearch(index)
        #expect(index.isEmpty && search.matches(Self.events[0]).isEmpty)
    }

    /// Equal filters are one entry: what is done to one of its keys leaves the others as they are.
    @Test func `keys with equal filters are found in their order, each as long as it is there`() throws {
        var index = FilterIndex<Int>()
        for number in 0..<6 { index.insert(try Filter(number % 2 == 0 ? "topic = job" : "topic = j*"), for: number) }
        index.remove(2)
        index.insert(try Filter("topic = job"), for: 1)
        var search = FilterSearch(index)
        for _ in 0..<2 { #expect(search.matches(Event(topic: "job")) == [0, 3, 4, 5, 1]) }
        #expect(search.matches(Event(topic: "jobs")) == [3, 5])
        #expect(search.matches(Event(topic: "job")) == [0, 3, 4, 5, 1])
        for number in [0, 4, 1] { index.remove(number) }
        search = FilterSearch(index)
        #expect(search.matches(Event(topic: "job")) == [3, 5])
        index.insert(nil, for: 9)
        search = FilterSearch(index)
        #expect(search.matches(Event(topic: "job")) == [3, 5, 9] && index.count == 3)
    }

    @Test func `a search goes on with the index as it was`() throws {
        var index = FilterIndex<Int>()
        index.insert(try Filter("topic = job"), for: 1)
        var search = FilterSearch(index)
        index.insert(nil, for: 2)
        index.remove(1)
        #expect(search.matches(Event(topic: "job")) == [1])
    }

    @Test func `the payload is asked for once, and only when a filter looks at it`() throws {
        var index = FilterIndex<Int>()
        for number in 0..<10 {
            index.insert(try Filter("topic = job and payload.p = a and retries < \(number + 1)"), for: number)
        }
        var search = FilterSearch(index)
        var asked = 0
        func payload() -> Payload? {
            asked += 1
            return Payload(bytes: Array(#"{"p": "a"}"#.utf8))
        }
        #expect(search.matches(Event(topic: "mail.sent"), payload: payload).isEmpty && asked == 0)
        #expect(search.matches(Event(topic: "job"), payload: payload).count == 10 && asked == 1)
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
        var search = FilterSearch(index)
        #expect(search.matches(event) == [-8])
        #expect(event.asked < 10)
    }
}
