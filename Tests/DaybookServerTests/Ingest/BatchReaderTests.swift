import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

struct BatchReaderTests {
    @Test func `reads NDJSON line by line`() throws {
        let items = try ndjson("{\"topic\":\"a.b\"}\r\n\n  \n{\"topic\":\"c.d\",\"store\":false}")
        #expect(items.count == 2)
        #expect(try items.map { try $0.write.get().event?.topic } == ["a.b", "c.d"])
        guard case .create = try items[0].write.get(), case .signal = try items[1].write.get() else {
            Issue.record("an event that is not to be stored is a signal")
            return
        }
        #expect(try ndjson("").isEmpty)
    }

    @Test func `a bad line does not harm the others, and is named`() throws {
        let items = try ndjson(
            """
            {"topic":"a.b"}

            {"topic":
            {"topic":"a.b","status":"done"}
            {"topic":"a.b","tpoic":"x"}
            [1]
            {"topic":"a.b","description":"\\ud800"}
            {"topic":"a.b"}
            """)
        #expect(
            items.map(\.message) == [
                nil,
                "line 3: malformed JSON at column 10: expected a value, found the end of the text",
                "line 4: status: must be one of pending, in_progress, finished, failed, aborted, restarted",
                "line 5: tpoic: there is no such attribute of an event",
                "line 6: must be a JSON object",
                "line 7: malformed JSON at column 31: half of a surrogate pair in a string",
                nil,
            ])
    }

    @Test func `reads CloudEvents`() throws {
        let body = """
            {"specversion":"1.0","id":"A234-1234","source":"/shop","type":"order.placed","time":"2026-11-21T03:00:44Z",
             "datacontenttype":"application/json","data":{"x":1.0}, "summary":{"n":1}, "project": "demo", "user": "eve"}
            """
        let event = try #require(
            try Array(body.utf8).withUnsafeBytes { try BatchReader.cloudEvent($0, limits: .standard).get().event })
        #expect(event.topic == "order.placed" && event.sender == "/shop" && event.user == "eve")
        #expect(event.payload == Payload(bytes: Array("{\"x\":1.0}".utf8)))
        #expect(event.summary.description == "{\"n\":1}")
        #expect(event.createdAt == Timestamp("2026-11-21T03:00:44Z"))
        #expect(event.originalID == "A234-1234")
        let batch = try Array("[\(body),{\"id\":\"1\"},7]".utf8).withUnsafeBytes {
            try BatchReader.cloudEvents($0, limits: .standard)
        }
        #expect(try batch[0].write.get().event == event, "the same CloudEvent has the same id each time")
        #expect(batch[1].message?.hasPrefix("item 1: ce_specversion is missing") == true)
        #expect(batch[2].message == "item 2: must be a JSON object")
    }

    /// A record of Daybook's own is trusted to hold JSON that was checked; a caller must not be able to pass one.
    @Test(arguments: ["summary", "metadata", "attributevalue"])
    func `does not take a caller's CloudEvent for a checked record`(attribute: String) throws {
        let body = """
            {"specversion":"1.0","id":"1","source":"s","type":"a.b","eventid":"0123456789abcdef0123456789abcdef",
             "op":"created","\(attribute)":"{not json"}
            """
        let item = Array(body.utf8).withUnsafeBytes { BatchReader.cloudEvent($0, limits: .standard) }
        #expect(refusal(item).contains("no valid JSON"))
        let change = body.replacing("created", with: "changed")
        let refused = Array(change.utf8).withUnsafeBytes { BatchReader.cloudEvent($0, limits: .standard) }
        #expect(refusal(refused) == "op is changed; only new events can be posted")
    }

    @Test func `takes no more items than it can answer`() throws {
        let line = "{\"topic\":\"a.b\"}\n"
        #expect(try ndjson(String(repeating: line, count: BatchReader.maximumItems)).count == BatchReader.maximumItems)
        let problem = #expect(throws: Problem.self) {
            try ndjson(String(repeating: line, count: BatchReader.maximumItems + 1))
        }
        #expect(problem?.status.code == 413)
        let array = "[" + String(repeating: "1,", count: BatchReader.maximumItems) + "1]"
        #expect(throws: Problem.self) {
            try Array(array.utf8).withUnsafeBytes { try BatchReader.cloudEvents($0, limits: .standard) }
        }
    }

    private func refusal(_ write: Result<EventWrite, ItemRefusal>) -> String {
        if case .failure(let refusal) = write { refusal.message } else { "" }
    }

    private func ndjson(_ text: String) throws -> [BatchItem] {
        try Array(text.utf8).withUnsafeBytes { try BatchReader.ndjson($0, limits: .standard) }
    }
}

extension EventWrite {
    var event: Event? {
        switch self {
        case .create(let event), .createOnce(let event, _), .reuse(let event), .signal(let event): event
        case .change, .delete: nil
        }
    }
}

extension BatchItem {
    var message: String? {
        if case .failure(let refusal) = write { refusal.at(place).message } else { nil }
    }
}
