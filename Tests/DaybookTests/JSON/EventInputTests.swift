import Daybook
import LosslessJSON
import Testing

struct EventInputTests {
    private func read(_ json: String) throws -> EventInput { try EventInput(JSONMembers(json.utf8)) }

    private static let everyMember = """
        {"id":"01923456789a7bcd8ef0123456789abc","hash":"h-1","topic":"entity.task.status_changed","sender":"worker 7",
        "senderType":"worker","project":"demo","user":"ann","dependsOn":"01923456789a70008000000000000001",
        "status":"in_progress","retries":2,"progress":12.5,"description":"T\\u00fcr offen","summary":{"n": 1.50},
        "payload":{"files":[]},"createdAt":"2026-11-21T03:00:44.291548Z","severity":"warning","kind":"dataset",
        "entityType":"task","entityId":"t1","operation":"update","attributeName":"status","attributeValue":"done",
        "metadata":{"version":"2"},"orderingKey":"t1","originalId":"A-1",
        "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
        """

    @Test func `every member, in both spellings`() throws {
        var expected = try Event.withEveryAttribute()
        expected.payload = Payload(bytes: Array(#"{"files":[]}"#.utf8))
        #expect(try read(Self.everyMember).event == expected)
        var snake = Self.everyMember
        for (camel, name) in [
            ("senderType", "sender_type"), ("dependsOn", "depends_on"), ("createdAt", "created_at"),
            ("entityType", "entity_type"), ("entityId", "entity_id"), ("attributeName", "attribute_name"),
            ("attributeValue", "attribute_value"), ("orderingKey", "ordering_key"), ("originalId", "original_id"),
        ] {
            #expect(snake.contains("\"\(camel)\""))
            snake.replace("\"\(camel)\"", with: "\"\(name)\"")
        }
        #expect(try read(snake).event == expected)
    }

    @Test func `a topic is enough`() throws {
        let input = try read(#"{"topic":"a"}"#)
        #expect(input.event == Event(topic: "a", id: input.event.id))
        #expect(input.store && !input.reuse)
        #expect(try read(#"{"topic":"a"}"#).event.id != input.event.id)
    }

    @Test(
        arguments: [
            (#""status":"pending""#, EventStatus.pending, 0), (#""status":"finished""#, .finished, 100),
            (#""finished":false"#, .pending, 0), (#""finished":true"#, .finished, 100),
            ("\"user\":\"x\"", .finished, 100),
            (#""finished":false,"status":"failed""#, .failed, 0),
            (#""status":"finished","progress":30"#, .finished, 30),
            (#""status":"in_progress","progress":30.5"#, .inProgress, 30.5), (#""progress":1e1"#, .finished, 10),
        ] as [(String, EventStatus, Double)])
    func `status and progress follow from each other`(members: String, status: EventStatus, progress: Double) throws {
        let event = try read("{\"topic\":\"a\",\(members)}").event
        #expect(event.status == status && event.progress == progress)
    }

    @Test func `null means not given`() throws {
        var members = Self.everyMember.split(separator: ",").joined(separator: ",")
        members = try JSONMembers(members.utf8).map { "\"\($0.key)\":\($0.key == "topic" ? "\"a\"" : "null")" }
            .joined(separator: ",")
        let event = try read("{\(members),\"store\":null,\"finished\":null,\"payloadBase64\":null}").event
        #expect(event == Event(topic: "a", id: event.id))
    }

    @Test(arguments: [
        (#""payload":{"a": 1.0}"#, "application/json", #"{"a":1.0}"#),
        (#""payload":"text""#, "application/json", #""text""#),
        (#""payload":"t\n","contentType":"text/plain""#, "text/plain", "t\n"),
        (#""payload":[1],"content_type":"application/x+json""#, "application/x+json", "[1]"),
        (#""payloadBase64":"AAE=""#, "application/octet-stream", "\u{0}\u{1}"),
        (#""payload_base64":"e30=","contentType":"application/json""#, "application/json", "{}"),
        (#""payloadBase64":"""#, "application/octet-stream", ""),
        (#""contentType":"text/plain","payload":"""#, "text/plain", ""),
    ])
    func `every kind of payload`(members: String, contentType: String, value: String) throws {
        #expect(
            try read("{\"topic\":\"a\",\(members)}").event.payload
                == Payload(contentType: contentType, bytes: Array(value.utf8)))
    }

    @Test(arguments: [
        (#""payload":{},"contentType":"text/plain""#, "payload", "bad_type"),
        (#""payloadBase64":"*""#, "payloadBase64", "bad_value"),
        (#""payloadBase64":"AA==","payload":1"#, "payloadBase64", "bad_value"),
        (#""payloadBase64":1"#, "payloadBase64", "bad_type"),
        (#""contentType":7,"payload":1"#, "contentType", "bad_type"),
        (#""id":"01923456-789a-7bcd-8ef0-123456789abc""#, "id", "bad_value"), (#""id":7"#, "id", "bad_type"),
        (#""dependsOn":"x""#, "dependsOn", "bad_value"), (#""status":"done""#, "status", "bad_value"),
        (#""status":1"#, "status", "bad_type"), (#""severity":"fatal""#, "severity", "bad_value"),
        (#""kind":"odd""#, "kind", "bad_value"), (#""operation":"destroy""#, "operation", "bad_value"),
        (#""finished":"no""#, "finished", "bad_type"), (#""store":0"#, "store", "bad_type"),
        (#""reuse":"""#, "reuse", "bad_type"),
        (#""retries":1.5"#, "retries", "bad_type"), (#""retries":"1""#, "retries", "bad_type"),
        (#""retries":9223372036854775808"#, "retries", "bad_type"), (#""progress":"50""#, "progress", "bad_type"),
        (#""progress":1e999"#, "progress", "bad_type"), (#""summary":[]"#, "summary", "bad_type"),
        (#""metadata":"x""#, "metadata", "bad_type"), (#""createdAt":"yesterday""#, "createdAt", "bad_value"),
        (#""createdAt":1795230044"#, "createdAt", "bad_type"), (#""hash":1"#, "hash", "bad_type"),
        (#""user":{}"#, "user", "bad_type"), (#""description":[]"#, "description", "bad_type"),
        (#""colour":"red""#, "colour", "unknown_field"), (#""Topic":"x""#, "Topic", "unknown_field"),
        (#""updatedAt":null,"position":"x""#, "position", "unknown_field"),
    ])
    func `one wrong member is named`(members: String, field: String, code: String) {
        let refused = #expect(throws: InvalidEvent.self) { try read("{\"topic\":\"a\",\(members)}") }
        #expect(
            refused?.problems.map(\.field) == [field] && refused?.problems.map(\.code) == [code], "\(refused as Any)")
    }

    @Test func `of very many problems the first are told, and how many there are`() {
        let members = (0..<10_000).map { #""n\#($0)": 1"# }.joined(separator: ",")
        let refused = #expect(throws: InvalidEvent.self) { try read(#"{"topic": "a", \#(members)}"#) }
        #expect(refused?.problems.count == 33)
        #expect(refused?.problems.last?.message == "9968 more problems like these")
    }

    @Test func `a topic is needed`() {
        for json in ["{}", #"{"topic":null}"#, #"{"topic":""}"#] {
            let refused = #expect(throws: InvalidEvent.self) { try read(json) }
            #expect(refused?.problems == [FieldProblem("topic", "missing", "an event needs a topic")])
        }
        let refused = #expect(throws: InvalidEvent.self) { try read(#"{"topic":7}"#) }
        #expect(refused?.problems == [FieldProblem("topic", "bad_type", "must be a string, not number")])
    }

    @Test func `one error tells everything, with what is allowed`() {
        let refused = #expect(throws: InvalidEvent.self) { try read(#"{"status":"x","retries":[],"b":1}"#) }
        #expect(
            refused?.description
                == "status: must be one of pending, in_progress, finished, failed, aborted, restarted; "
                + "retries: must be a whole number of 64 bits, not array; b: there is no such attribute of an event; "
                + "topic: an event needs a topic")
    }

    @Test func `store false is a signal`() throws {
        let input = try read(#"{"topic":"a","store":false,"reuse":true}"#)
        #expect(input.write == .signal(input.event) && input.reuse)
        let stored = try read(#"{"topic":"a","store":true}"#)
        #expect(stored.write == .create(stored.event))
    }
}
