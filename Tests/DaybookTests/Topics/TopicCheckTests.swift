import Daybook
import DaybookTesting
import Logging
import LosslessJSON
import Testing

struct TopicCheckTests {
    private let log = MemoryLog()

    private func publisher(_ pattern: String, _ entry: String) async throws -> Publisher {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let entry = try TopicEntry(try #require(TopicPattern(pattern)), JSONMembers(entry.utf8))
        return Publisher(catalog: try await StreamCatalog.open(log: log, topics: [entry], logger: logger))
    }

    private func event(
        _ topic: String = "a.b", summary: String = "{}", payload: String? = nil, kind: EventKind = .standard,
        createdAt: Timestamp? = nil
    ) throws -> Event {
        Event(
            topic: topic, summary: try JSONText(summary), payload: payload.map { Payload(bytes: Array($0.utf8)) },
            createdAt: createdAt, kind: kind)
    }

    private func problems(_ body: () async throws -> Void) async throws -> [String] {
        do {
            try await body()
        } catch PublishError.invalid(let invalid) {
            return invalid.problems.map { "\($0.field) \($0.code)" }
        }
        Issue.record("nothing was refused")
        return []
    }

    private func stored(_ published: Published) async throws -> Event {
        try RecordDecoder.decode(try #require(try await log.records(at: [published.position])[0]).record).event
    }

    // MARK: - Summaries

    private static let structure = #""summary":[{"name":"n","type":"integer"},"any",{"name":"o","optional":true}]"#

    @Test func `nobody looks at summaries unless asked to`() async throws {
        let publisher = try await publisher("a.*", "{\(Self.structure)}")
        #expect(try await publisher.publish(event(summary: #"{"x":1}"#)).warnings.isEmpty)
        #expect(publisher.catalog.topics.statistics.warned == 0)
    }

    @Test(arguments: [
        (#"{"n":1,"any":null}"#, []), (#"{"o":{},"any":[1],"n":7.0}"#, []), (#"{"n":null,"any":1}"#, []),
        (#"{"any":1}"#, ["summary.n missing"]), (#"{"n":"1","any":1}"#, ["summary.n bad_type"]),
        (#"{"n":1,"any":1,"x":1}"#, ["summary.x unknown_field"]), (#"{"n":1,"n":2,"any":1}"#, ["summary.n duplicate"]),
        (#"{"x":1,"n":[]}"#, ["summary.n bad_type", "summary.any missing", "summary.x unknown_field"]),
    ])
    func `warn stores and tells, reject refuses, with everything that is wrong`(
        summary: String, wrong: [String]
    ) async throws {
        let warning = try await publisher("a.*", "{\"check\":\"warn\",\(Self.structure)}")
        let published = try await warning.publish(event(summary: summary))
        #expect(published.warnings.map { "\($0.field) \($0.code)" } == wrong)
        #expect(try await stored(published).summary == JSONText(summary))
        #expect(warning.catalog.topics.statistics.warned == (wrong.isEmpty ? 0 : 1))

        let rejecting = try await publisher("a.*", "{\"check\":\"reject\",\(Self.structure)}")
        if wrong.isEmpty {
            #expect(try await rejecting.publish(event(summary: summary)).warnings.isEmpty)
        } else {
            #expect(try await problems { try await rejecting.publish(event(summary: summary)) } == wrong)
        }
        #expect(rejecting.catalog.topics.statistics.rejected == (wrong.isEmpty ? 0 : 1))
        #expect(try await rejecting.publish(event("b", summary: summary)).warnings.isEmpty, "another topic is free")
    }

    @Test func `the rest of what is wrong with an event is in the same error`() async throws {
        let publisher = try await publisher("a.b", "{\"check\":\"reject\",\(Self.structure)}")
        var bad = try event()
        bad.progress = 101
        #expect(
            try await problems { try await publisher.publish(bad) } == [
                "progress bad_value", "summary.n missing", "summary.any missing",
            ])
    }

    @Test func `of a batch only what is wrong is refused`() async throws {
        let publisher = try await publisher("a.b", "{\"check\":\"reject\",\(Self.structure)}")
        let good = #"{"n":1,"any":1}"#
        let results = await publisher.publish([
            try event(summary: good), try event(), try event("c"), try event(summary: good), try event(),
        ])
        #expect(results.map { (try? $0.get()) != nil } == [true, false, true, true, false])
        let atomic = await publisher.write([.create(try event(summary: good)), .create(try event())], atomically: true)
        guard case .failure(.batchAborted) = atomic[0], case .failure(.invalid) = atomic[1] else {
            Issue.record("\(atomic)")
            return
        }
    }

    @Test func `signals and changes are held against it, too`() async throws {
        let publisher = try await publisher("a.b", "{\"check\":\"reject\",\(Self.structure)}")
        let signal = EventWrite.signal(try event())
        #expect(
            try await problems { _ = try await publisher.write([signal])[0].get() } == [
                "summary.n missing", "summary.any missing",
            ])
        let published = try await publisher.publish(event(summary: #"{"n":1,"any":1}"#))
        let reference = try #require(published.reference)
        let bad = EventChange(status: .failed, summary: .emptyObject)
        #expect(
            try await problems { try await publisher.change(reference, bad) } == [
                "summary.n missing", "summary.any missing",
            ])
        try await publisher.change(reference, EventChange(status: .failed))
        try await publisher.change(reference, EventChange(summary: JSONText(#"{"n":2,"any":0}"#)))
    }

    @Test func `a million wrong members make no million problems`() async throws {
        let publisher = try await publisher("a.b", #"{"fields":[]}"#)
        let payload = "{" + (0..<1000).map { "\"m\($0)\":1" }.joined(separator: ",") + "}"
        let told = try await problems { try await publisher.publish(event(payload: payload, kind: .dataset)) }
        #expect(told.count == 33 && told.last == "… too_many")
    }

    // MARK: - Datasets

    private static let dataset = #"{"fields":[{"name":"user","type":"string"},{"name":"port","type":"integer"},"any"]}"#

    @Test(arguments: [
        (#"{"timestamp":"2026-11-21T03:00:44Z","user":"ann","port":22,"any":{"a": 1.50}}"#, []),
        (#"{"user":null,"port":null,"any":null}"#, []),
        (#"{"user":"ann","port":22}"#, ["payload.any missing"]),
        (#"{"user":"ann","port":22,"any":1,"extra":1}"#, ["payload.extra unknown_field"]),
        (#"{"user":7,"port":"22","any":1}"#, ["payload.user bad_type", "payload.port bad_type"]),
        (#"{"user":"a","user":"b","port":1,"any":1}"#, ["payload.user duplicate"]),
        (#"{"timestamp":"yesterday","user":"a","port":1,"any":1}"#, ["payload.timestamp bad_type"]),
        (
            #"{"timestamp":5,"port":1.5,"summary":1}"#,
            [
                "payload.timestamp bad_type", "payload.user missing", "payload.port bad_type", "payload.any missing",
                "payload.summary unknown_field",
            ]
        ),
        ("[]", ["payload bad_type"]), ("{", ["payload bad_type"]), ("", ["payload bad_type"]),
    ])
    func `a dataset has exactly its fields, and everything that is wrong is in one error`(
        payload: String, wrong: [String]
    ) async throws {
        let publisher = try await publisher("a.*", Self.dataset)
        let event = try event(payload: payload, kind: .dataset)
        if wrong.isEmpty {
            try await publisher.publish(event)
        } else {
            #expect(try await problems { try await publisher.publish(event) } == wrong)
        }
        let free = try await publisher.publish(self.event(payload: payload))
        #expect(try await stored(free).payload?.bytes == Array(payload.utf8), "standard events are as they come")
    }

    @Test func `a dataset without a payload, or with one that is no JSON, is refused`() async throws {
        let publisher = try await publisher("a.*", Self.dataset)
        #expect(
            try await problems { try await publisher.publish(event(kind: .dataset)) } == [
                "payload.user missing", "payload.port missing", "payload.any missing",
            ])
        var text = try event(kind: .dataset)
        text.payload = Payload(contentType: "text/csv", bytes: Array("a,b".utf8))
        let csv = text
        #expect(try await problems { try await publisher.publish(csv) } == ["payload bad_type"])
        #expect(try await publisher.publish(event("free", kind: .dataset)).warnings.isEmpty)
    }

    @Test func `timestamp comes first, then the fields in order`() async throws {
        let publisher = try await publisher("a.*", Self.dataset)
        let mixed = #"{"any": 1.50, "port":22,"timestamp":"2026-11-21 03:00:44","user":"\u00e4"}"#
        let published = try await publisher.publish(event(payload: mixed, kind: .dataset))
        let event = try await stored(published)
        #expect(
            String(decoding: event.payload?.bytes ?? [], as: UTF8.self)
                == #"{"timestamp":"2026-11-21 03:00:44","user":"\u00e4","port":22,"any":1.50}"#)
        #expect(event.createdAt == Timestamp("2026-11-21T03:00:44Z"), "the event is as old as its timestamp")
        #expect(published.reference?.event.payload == event.payload)
        let ordered = #"{ "timestamp":"2026-11-21T03:00:44Z","user":"a","port":22,"any":1 }"#
        let kept = try await stored(try await publisher.publish(self.event(payload: ordered, kind: .dataset)))
        #expect(kept.payload?.bytes == Array(ordered.utf8), "what is in order stays as it came")
    }

    @Test func `a timestamp that is missing is createdAt, or now`() async throws {
        let publisher = try await publisher("a.*", #"{"fields":[]}"#)
        let made = try #require(Timestamp("2020-01-01T00:00:00Z"))
        for payload in [nil, "{}", #"{"timestamp":null}"#] {
            let event = try event(payload: payload, kind: .dataset, createdAt: made)
            let known = try await stored(try await publisher.publish(event))
            #expect(known.payload?.bytes == Array(#"{"timestamp":"2020-01-01T00:00:00.000000+00:00"}"#.utf8))
            #expect(known.createdAt == made)
        }
        let before = Timestamp.now
        let now = try await stored(try await publisher.publish(event(kind: .dataset)))
        let time = try #require(now.createdAt)
        #expect(before <= time && time <= .now)
        #expect(now.payload?.bytes == Array("{\"timestamp\":\"\(time)\"}".utf8))
    }

    @Test func `a change of a dataset's payload is held against its fields`() async throws {
        let publisher = try await publisher("a.*", #"{"fields":["user"]}"#)
        let made = try #require(Timestamp("2020-01-01T00:00:00Z"))
        let published = try await publisher.publish(event(payload: #"{"user":1}"#, kind: .dataset, createdAt: made))
        let reference = try #require(published.reference)
        let bad = EventChange(payload: Payload(bytes: Array("{}".utf8)))
        #expect(try await problems { try await publisher.change(reference, bad) } == ["payload.user missing"])
        let changed = try await publisher.change(
            reference, EventChange(payload: Payload(bytes: Array(#"{"user":2}"#.utf8))))
        #expect(
            try await stored(changed).payload?.bytes
                == Array(#"{"timestamp":"2020-01-01T00:00:00.000000+00:00","user":2}"#.utf8))
    }

    @Test func `an entry that is defined counts for what is published next`() async throws {
        let publisher = Publisher(catalog: try await StreamCatalog.open(log: log))
        try await publisher.publish(event(payload: "{}", kind: .dataset))
        let pattern = try #require(TopicPattern("a.b"))
        try await publisher.catalog.define(TopicEntry(pattern, fields: [DatasetField("x")]))
        #expect(
            try await problems { try await publisher.publish(event(payload: "{}", kind: .dataset)) } == [
                "payload.x missing"
            ])
        try await publisher.catalog.removeTopic(pattern)
        try await publisher.publish(event(payload: "{}", kind: .dataset))
    }
}
