import Daybook
import LosslessJSON
import Testing

struct EventValidationTests {
    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }
    private static func object(_ count: Int) -> JSONText {
        JSONText(trusting: Array("{\"k\":\"\(text(count - 8))\"}".utf8))
    }

    /// Each limited attribute: how to set it to so many bytes, and its limit.
    private static let limited: [(field: String, limit: Int, set: @Sendable (inout Event, Int) -> Void)] = [
        ("hash", 512, { $0.hash = text($1) }), ("sender", 512, { $0.sender = text($1) }),
        ("senderType", 512, { $0.senderType = text($1) }), ("project", 512, { $0.project = text($1) }),
        ("user", 512, { $0.user = text($1) }), ("description", 4096, { $0.description = text($1) }),
        ("summary", 65536, { $0.summary = object($1) }),
        ("payload", 1_048_576, { $0.payload = Payload(contentType: "a/b", bytes: Array(repeating: 0, count: $1)) }),
        ("contentType", 512, { $0.payload = Payload(contentType: text($1), bytes: []) }),
        ("entityType", 512, { $0.entity.type = text($1) }), ("entityId", 512, { $0.entity.id = text($1) }),
        ("attributeName", 512, { $0.entity.attributeName = text($1) }),
        ("attributeValue", 16384, { $0.entity.attributeValue = JSONText.string(text($1 - 2)) }),
        ("metadata", 16384, { $0.metadata = object($1) }), ("orderingKey", 512, { $0.orderingKey = text($1) }),
        ("traceparent", 128, { $0.traceparent = text($1) }), ("originalId", 512, { $0.originalID = text($1) }),
    ]

    @Test func `every limit holds at its byte`() throws {
        for (field, limit, set) in Self.limited {
            var event = Event(topic: "a")
            set(&event, limit)
            #expect(throws: Never.self, "\(field)") { try event.validate() }
            set(&event, limit + 1)
            let refused = #expect(throws: InvalidEvent.self, "\(field)") { try event.validate() }
            #expect(
                refused?.problems == [FieldProblem(field, "too_long", "\(limit + 1) bytes; \(limit) at most")])
        }
    }

    @Test func `bytes count, not characters`() {
        #expect(throws: Never.self) { try Event(topic: "a", hash: String(repeating: "é", count: 256)).validate() }
        #expect(throws: InvalidEvent.self) {
            try Event(topic: "a", hash: String(repeating: "é", count: 257)).validate()
        }
    }

    @Test func `limits can be set`() {
        var limits = EventLimits()
        limits.payload = 3
        #expect(throws: Never.self) { try Event(topic: "a", payload: Payload(bytes: [1, 2, 3])).validate(limits) }
        #expect(throws: InvalidEvent.self) {
            try Event(topic: "a", payload: Payload(bytes: [1, 2, 3, 4])).validate(limits)
        }
        #expect(throws: InvalidEvent.self) { try EventChange(payload: Payload(bytes: [1, 2, 3, 4])).validate(limits) }
    }

    @Test func `NUL is refused wherever text is taken`() {
        let set: [(String, (inout Event) -> Void)] = [
            ("hash", { $0.hash = "\0" }), ("sender", { $0.sender = "a\0" }), ("senderType", { $0.senderType = "\0a" }),
            ("project", { $0.project = "\0" }), ("user", { $0.user = "\0" }),
            ("description", { $0.description = "\0" }),
            ("contentType", { $0.payload = Payload(contentType: "\0", bytes: []) }),
            ("entityType", { $0.entity.type = "\0" }), ("entityId", { $0.entity.id = "\0" }),
            ("attributeName", { $0.entity.attributeName = "\0" }), ("orderingKey", { $0.orderingKey = "\0" }),
            ("traceparent", { $0.traceparent = "\0" }), ("originalId", { $0.originalID = "\0" }),
        ]
        for (field, set) in set {
            var event = Event(topic: "a")
            set(&event)
            let refused = #expect(throws: InvalidEvent.self, "\(field)") { try event.validate() }
            #expect(refused?.problems == [FieldProblem(field, "bad_value", "NUL is not allowed")])
        }
        #expect(throws: Never.self) { try Event(topic: "a", payload: Payload(bytes: [0])).validate() }
    }

    @Test func `empty keys are refused, other empty texts are not`() {
        for (field, event) in [
            ("hash", Event(topic: "a", hash: "")), ("orderingKey", Event(topic: "a", orderingKey: "")),
            ("contentType", Event(topic: "a", payload: Payload(contentType: "", bytes: []))),
            ("topic", Event(topic: "")),
        ] {
            let refused = #expect(throws: InvalidEvent.self) { try event.validate() }
            #expect(refused?.problems.map(\.field) == [field])
        }
        #expect(throws: Never.self) {
            try Event(topic: "a", sender: "", senderType: "", project: "", user: "").validate()
        }
    }

    @Test(arguments: [-0.0001, 100.0001, .nan, .infinity, -.infinity])
    func `progress is 0 to 100`(progress: Double) {
        let refused = #expect(throws: InvalidEvent.self) { try Event(topic: "a", progress: progress).validate() }
        #expect(refused?.problems == [FieldProblem("progress", "bad_value", "must be from 0 to 100")])
        #expect(throws: InvalidEvent.self) { try EventChange(progress: progress).validate() }
    }

    @Test func `the ends of progress are allowed`() throws {
        for progress in [0, 100, 0.5, 99.999] { try Event(topic: "a", progress: progress).validate() }
    }

    @Test func `summary and metadata are objects, metadata of scalars`() throws {
        var event = Event(topic: "a", summary: .emptyArray, metadata: JSONText.string("x"))
        var refused = #expect(throws: InvalidEvent.self) { try event.validate() }
        #expect(refused?.problems.map(\.field) == ["summary", "metadata"])
        #expect(refused?.problems.map(\.code) == ["bad_type", "bad_type"])
        event = Event(
            topic: "a", summary: try JSONText(#"{"deep":{"er":[]}}"#),
            metadata: try JSONText(#"{"a":1,"b":[],"c":null,"d":{},"e":"x","f":true}"#))
        refused = #expect(throws: InvalidEvent.self) { try event.validate() }
        #expect(refused?.problems.map(\.field) == ["metadata.b", "metadata.d"])
    }

    /// The wire's times are RFC 3339, which ends with the year 9999.
    @Test func `an event does not depend on itself`() {
        var event = Event(topic: "a.b")
        event.dependsOn = event.id
        let refused = #expect(throws: InvalidEvent.self) { try event.validate() }
        #expect(refused?.problems.map(\.field) == ["dependsOn"])
    }

    @Test func `the time of creation has a year of four digits`() {
        for microseconds in [-62_167_219_200_000_000, 253_402_300_799_999_999] as [Int64] {
            let event = Event(topic: "a", createdAt: Timestamp(microseconds: microseconds))
            #expect(throws: Never.self) { try event.validate() }
        }
        for microseconds in [-62_167_219_200_000_001, 253_402_300_800_000_000, .min, .max] as [Int64] {
            let event = Event(topic: "a", createdAt: Timestamp(microseconds: microseconds))
            let refused = #expect(throws: InvalidEvent.self) { try event.validate() }
            #expect(refused?.problems.map(\.field) == ["createdAt"])
        }
    }

    @Test func `one error tells everything`() {
        var event = Event(
            topic: "not a topic", hash: "", progress: 200, orderingKey: String(repeating: "k", count: 600))
        event.entity = EntityChange(type: "job", operation: .submission)
        let refused = #expect(throws: InvalidEvent.self) { try event.validate() }
        #expect(
            refused?.description
                == "topic: a topic is \(Topic.rule); hash: a hash cannot be empty; progress: must be from 0 to 100; "
                + "orderingKey: 600 bytes; 512 at most; "
                + "operation: submission is only for scenario, sequence and task, not for job")
    }

    @Test func `a change is held to the same rules`() {
        let long = Self.text(513)
        let change = EventChange(
            progress: 101, sender: long, senderType: long, project: long, user: "a\0", description: Self.text(4097),
            summary: .emptyArray, payload: Payload(contentType: "", bytes: []))
        let refused = #expect(throws: InvalidEvent.self) { try change.validate() }
        #expect(
            refused?.problems.map(\.field) == [
                "sender", "senderType", "project", "user", "description", "progress", "summary", "contentType",
            ])
        #expect(throws: Never.self) { try EventChange().validate() }
    }
}
