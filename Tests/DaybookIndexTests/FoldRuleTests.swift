import Daybook
import DaybookTesting
import LosslessJSON
import Testing

@testable import DaybookIndex

@Suite struct FoldRuleTests {
    let index = EventIndex()

    @Test func theFirstCreatedOfAnIDWins() async {
        var log = PartitionScript(on: index)
        let first = await log.create(Event(topic: "a.b", id: EventID(high: 1, low: 1), description: "first"))
        await log.create(Event(topic: "a.c", id: EventID(high: 1, low: 1), description: "second"))
        let event = index.event(EventID(high: 1, low: 1))
        #expect(event?.event.description == "first")
        #expect(event?.created == first)
        #expect(event?.last == first)
        #expect(index.statistics.fold.ignoredDuplicates == 1)
        #expect(index.statistics.events == 1)
    }

    @Test func afterItsDeletionAnIDMayComeAgain() async {
        var log = PartitionScript(on: index)
        let event = Event(topic: "a.b", description: "first")
        await log.create(event)
        await log.delete(event)
        #expect(index.event(event.id) == nil)
        await log.change(event, EventChange(status: .failed))
        await log.delete(event)
        #expect(index.event(event.id) == nil)
        #expect(index.statistics.fold.ignoredUnknown == 2)
        var again = event
        again.description = "second"
        let position = await log.create(again)
        #expect(index.event(event.id)?.created == position)
        #expect(index.event(event.id)?.event.description == "second")
    }

    @Test func aChangeAppliesWhatItListsAndNothingElse() async throws {
        var log = PartitionScript(on: index)
        var event = Event(
            topic: "a.b", sender: "s", project: "p", user: "u", status: .pending, description: "d",
            summary: JSONText(trusting: Array(#"{"a":1}"#.utf8)), payload: Payload(bytes: [1]))
        let created = await log.create(event, actor: "first")
        // The writer's view differs in everything, but lists the retries only.
        event.project = "q"
        event.user = nil
        event.description = ""
        event.summary = .emptyObject
        event.status = .failed
        event.progress = 7
        let last = await log.change(event, EventChange(retries: 3), at: 9_000_000)
        let found = try #require(index.event(event.id))
        #expect(found.event.retries == 3)
        #expect(found.event.project == "p")
        #expect(found.event.user == "u")
        #expect(found.event.description == "d")
        #expect(found.event.summary.description == #"{"a":1}"#)
        #expect(found.event.status == .pending)
        #expect(found.event.progress == 0)
        #expect(found.payload?.position == created)
        #expect(found.last == last)
        #expect(found.updatedAt == Timestamp(microseconds: 9_000_000))
        #expect(found.createdAt == found.createdTime)
        #expect(found.actor == nil)
    }

    @Test func objectsAndPayloadsAreReplaced() async throws {
        var log = PartitionScript(on: index)
        let event = Event(
            topic: "a.b", summary: JSONText(trusting: Array(#"{"a":1,"b":2}"#.utf8)), payload: Payload(bytes: [1]))
        await log.create(event)
        let other = JSONText(trusting: Array(#"{"c":3}"#.utf8))
        let last = await log.change(
            event, EventChange(summary: other, payload: Payload(contentType: "text/plain", bytes: [2])))
        #expect(index.event(event.id)?.event.summary == other)
        #expect(index.event(event.id)?.payload == PayloadReference(position: last, contentType: "text/plain"))
        let empty = await log.change(event, EventChange(summary: .emptyObject, payload: Payload(bytes: [])))
        #expect(index.event(event.id)?.event.summary == .emptyObject)
        #expect(index.event(event.id)?.payload == PayloadReference(position: empty, contentType: Payload.json))
    }

    @Test func ofSeveralPartitionsTheOneWithTheFirstCreatedIsSeen() async {
        let id = EventID(high: 5, low: 5)
        var late = PartitionScript("test.a", 0, on: index)
        var early = PartitionScript("test.b", 0, on: index)
        let event = Event(topic: "a.b", id: id)
        await late.create(event, at: 2_000_000)
        #expect(index.event(id)?.created.stream == "test.a")
        await early.create(event, at: 1_000_000)
        #expect(index.event(id)?.created.stream == "test.b")
        #expect(index.statistics.events == 1)
        // What happens to the shadowed one is seen when the other is gone.
        await late.change(event, EventChange(status: .failed))
        #expect(index.event(id)?.event.status == .finished)
        await early.delete(event)
        #expect(index.event(id)?.created.stream == "test.a")
        #expect(index.event(id)?.event.status == .failed)
        #expect(index.statistics.events == 1)
    }

    @Test func invalidRecordsAreCountedByReason() async {
        var log = PartitionScript(on: index)
        /// Valid headers but for these.
        func headers(_ changes: [String: String] = [:], without: String? = nil) -> RecordHeaders {
            var all = [
                "ce_specversion": "1.0", "ce_id": "1", "ce_source": "/s", "ce_type": "a.b",
                "ce_eventid": EventID(high: 1, low: 2).description, "ce_op": "created",
            ]
            for (name, value) in changes { all[name] = value }
            var headers = RecordHeaders()
            for (name, value) in all where name != without { headers.append(name: name, value: Array(value.utf8)) }
            return headers
        }
        let wrong: [(RecordHeaders, InvalidReason)] = [
            (RecordHeaders(trusting: [9, 0, 1]), .malformed),
            (headers(without: "ce_specversion"), .notCloudEvent), (headers(["ce_source": ""]), .notCloudEvent),
            (headers(["ce_type": "a..b"]), .topic), (headers(["ce_eventid": "xyz"]), .identity),
            (headers(["ce_op": "renamed"]), .identity), (headers(["ce_user": "a\0b"]), .text),
            (headers(["ce_status": "done"]), .value), (headers(["ce_progress": "100.5"]), .value),
            (headers(["ce_time": "yesterday"]), .value), (headers(["ce_dependson": "x"]), .value),
            (headers(["ce_summary": "{"]), .json), (headers(["ce_summary": "[]"]), .json),
            (headers(["content-type": "application/cloudevents+json"]), .structured),
        ]
        for (headers, reason) in wrong {
            let before = index.statistics.fold.invalid[reason, default: 0]
            await log.apply(Record(value: [1], headers: headers))
            #expect(index.statistics.fold.invalid[reason] == before + 1, "\(headers.all)")
        }
        #expect(index.statistics.fold.invalid.values.reduce(0, +) == wrong.count)
        #expect(index.statistics.events == 0)
        // The position moves over them all the same.
        #expect(index.position(of: log.partition) == log.next)
        await log.apply(Record(value: [1], headers: headers()))
        #expect(index.statistics.events == 1)
    }

    @Test func foreignEventsAreProjected() async throws {
        var log = PartitionScript(on: index)
        var headers = RecordHeaders()
        headers.append("ce_specversion", "1.0")
        headers.append("ce_id", "order-17")
        headers.append("ce_source", "/shop%20one")
        headers.append("ce_type", "entity.task.status_changed")
        headers.append("ce_summary", #" { "n" : 1.0 } "#)
        headers.append("content-type", "text/plain")
        await log.apply(Record(value: Array("hello".utf8), headers: headers))
        let value = #"{"specversion":"1.0","id":"order-17","source":"/shop%20one","type":"a.b","data":1}"#
        var structured = RecordHeaders()
        structured.append("content-type", "application/cloudevents+json")
        // The same event again, in structured mode: the same id, so it is ignored.
        await log.apply(Record(value: Array(value.utf8), headers: structured))
        #expect(index.statistics.fold.ignoredDuplicates == 1)
        let found = try #require(try await index.query(EventQuery()).events.first)
        #expect(found.event.originalID == "order-17")
        #expect(found.event.sender == "/shop%20one")
        #expect(found.event.entity == EntityChange(type: "task", operation: .update, attributeName: "status"))
        #expect(found.event.summary.description == #"{"n":1.0}"#)
        #expect(found.payload?.contentType == "text/plain")
        #expect(found.event.status == .finished)
    }

    @Test func recordsAreAppliedOnce() async {
        var log = PartitionScript(on: index)
        let event = Event(topic: "a.b", status: .pending)
        await log.create(event)
        let records = [
            StoredRecord(
                offset: 0, time: Timestamp(microseconds: 1),
                record: PartitionScript.changed(event, EventChange(status: .failed)))
        ]
        await index.apply(RecordBatch(partition: log.partition, records: records, nextOffset: 1, end: 1))
        #expect(index.event(event.id)?.event.status == .pending)
        #expect(index.position(of: log.partition) == 1)
    }

    @Test func timesAreReadAsTheDecoderReadsThem() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let time = Timestamp(
                microseconds: Int64.random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &generator))
            var text = Array(time.description.utf8)
            let read = text.withUnsafeBytes { WireValues.canonicalTime($0) }
            #expect(read == time.microseconds)
            // Any byte changed: the quick way says the same as the calendar, or leaves it to that.
            text[Int.random(in: 0..<text.count, using: &generator)] = UInt8.random(in: 32..<127, using: &generator)
            if let quick = text.withUnsafeBytes({ WireValues.canonicalTime($0) }) {
                #expect(Timestamp(String(decoding: text, as: UTF8.self))?.microseconds == quick)
            }
        }
    }
}
