import Daybook
import LosslessJSON
import Testing

struct EventJSONTests {
    private func json(_ event: Event, payload: Bool = true) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        event.writeMembers(to: &writer, payload: payload)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `what is written reads back as the same event`(seed: UInt64) throws {
        var events = RandomEvents(seed: seed)
        for _ in 0..<50 {
            let event = events.event()
            let text = json(event)
            #expect(try EventInput(JSONMembers(text.utf8)).event == event, "\(text)")
        }
    }

    @Test func `every attribute, in order`() throws {
        #expect(
            json(try .withEveryAttribute())
                == #"{"id":"01923456789a7bcd8ef0123456789abc","hash":"h-1","topic":"entity.task.status_changed","#
                + #""sender":"worker 7","senderType":"worker","project":"demo","user":"ann","#
                + #""dependsOn":"01923456789a70008000000000000001","status":"in_progress","retries":2,"progress":12.5,"#
                + #""description":"Tür offen","summary":{"n":1.50},"payload":{"files":[]},"#
                + #""createdAt":"2026-11-21T03:00:44.291548+00:00","severity":"warning","kind":"dataset","#
                + #""entityType":"task","entityId":"t1","operation":"update","attributeName":"status","#
                + #""attributeValue":"done","metadata":{"version":"2"},"orderingKey":"t1","#
                + #""traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","originalId":"A-1"}"#)
    }

    @Test func `what is not set is not written`() throws {
        let id = try #require(EventID("01923456789a7bcd8ef0123456789abc"))
        let event = Event(topic: "a", id: id, payload: Payload(bytes: [123, 125]))
        #expect(
            json(event, payload: false)
                == #"{"id":"01923456789a7bcd8ef0123456789abc","topic":"a","status":"finished","progress":100}"#)
    }

    @Test(arguments: [
        ("application/json", "{ \"a\": 1.0 }", #"{"payload":{"a":1.0}}"#),
        ("application/json", "{\"a\":", #"{"payloadBase64":"eyJhIjo=","contentType":"application/json"}"#),
        ("text/plain", "hé\"", #"{"payload":"hé\"","contentType":"text/plain"}"#),
        ("text/plain", "a\u{0}", #"{"payloadBase64":"YQA=","contentType":"text/plain"}"#),
        ("application/octet-stream", "ab", #"{"payload":"ab","contentType":"application/octet-stream"}"#),
        (
            "application/x+json; charset=utf-8", "[1]",
            #"{"payload":[1],"contentType":"application/x+json; charset=utf-8"}"#
        ),
    ])
    func `a payload is written as what it is`(contentType: String, text: String, expected: String) {
        var writer = JSONWriter()
        writer.beginObject()
        Payload(contentType: contentType, bytes: Array(text.utf8)).writeMembers(to: &writer)
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test func `a record tells its position, time and what it did`() throws {
        let position = Position(StreamPartition("daybook.a", 3), 42)
        let id = try #require(EventID("01923456789a7bcd8ef0123456789abc"))
        let event = Event(
            topic: "a.b", id: id, sender: "s", status: .failed, retries: 0, progress: 5, description: "",
            payload: Payload(bytes: Array("[1]".utf8)))
        func line(_ operation: RecordOperation, _ changes: ChangedFields = []) -> String {
            var writer = JSONWriter()
            EventRecord(operation: operation, recordID: "x", event: event, changes: changes, actor: "ann")
                .write(to: &writer, position: position, time: Timestamp(microseconds: 0))
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        let head = #"{"position":"daybook.a:3:42","time":"1970-01-01T00:00:00.000000+00:00","change":"#
        let identity = #""actor":"ann","id":"01923456789a7bcd8ef0123456789abc","topic":"a.b""#
        #expect(
            line(.created) == head + #""created","# + identity
                + #","sender":"s","status":"failed","progress":5,"payload":[1]}"#)
        #expect(line(.deleted) == head + #""deleted","# + identity + "}")
        #expect(line(.changed) == head + #""changed","# + identity + "}")
        #expect(
            line(.changed, [.status, .progress, .retries, .sender, .senderType, .description, .summary, .payload])
                == head + #""changed","# + identity
                + #","status":"failed","progress":5,"retries":0,"sender":"s","description":"","summary":{},"payload":[1]}"#
        )
    }
}
