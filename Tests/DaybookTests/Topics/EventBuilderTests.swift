import Daybook
import DaybookTesting
import LosslessJSON
import Testing

struct EventBuilderTests {
    @Test func `errors, warnings and notices are standard events of their severity`() throws {
        let payload = try JSONText(#"{"disk":"a"}"#)
        let events: [(any StandardEvent, Severity)] = [
            (ErrorEvent("disk.full", "no space", sender: "probe", payload: payload), .error),
            (WarningEvent("disk.full", "no space", sender: "probe", payload: payload), .warning),
            (NoticeEvent("disk.full", "no space", sender: "probe", payload: payload), .informational),
        ]
        for (builder, severity) in events {
            let event = builder.event
            #expect(event.topic == "disk.full" && event.sender == "probe" && event.description == "no space")
            #expect(event.severity == severity && event.kind == .standard)
            #expect(event.payload == Payload(bytes: payload.bytes))
            #expect(event.id != builder.event.id)
        }
        #expect(NoticeEvent("a", "b").event.payload == nil)
    }

    @Test func `a dataset event has its timestamp first, and its values as they are`() throws {
        let time = try #require(Timestamp("2026-11-21T03:00:44Z"))
        let dataset = DatasetEvent(
            "ssh.login",
            [
                "user": "ann \"a\"", "port": 22, "ratio": 0.5, "ok": true, "key": nil, "at": .time(time),
                "more": .json(try JSONText("[1.50]")), "none": .number(.infinity),
            ], timestamp: time, sender: "gate", severity: .warning)
        let event = dataset.event
        #expect(event.kind == .dataset && event.severity == .warning && event.sender == "gate")
        #expect(event.createdAt == time && event.topic == "ssh.login" && event.description.isEmpty)
        #expect(
            String(decoding: event.payload?.bytes ?? [], as: UTF8.self)
                == #"{"timestamp":"2026-11-21T03:00:44.000000+00:00","user":"ann \"a\"","port":22,"ratio":0.5,"ok":true,"key":null,"#
                + #""at":"2026-11-21T03:00:44.000000+00:00","more":[1.50],"none":null}"#)
        #expect(DatasetEvent("a", [:]).event.createdAt != nil)
    }

    @Test func `publishers take them`() async throws {
        let publisher = Publisher(catalog: try await StreamCatalog.open(log: MemoryLog()))
        let pattern = try #require(TopicPattern("ssh.*"))
        try await publisher.catalog.define(
            TopicEntry(pattern, fields: [DatasetField("user", type: .string), DatasetField("port", type: .integer)]))
        let published = try await publisher.publish(DatasetEvent("ssh.login", ["port": 22, "user": "ann"]))
        let event = try #require(published.reference?.event)
        #expect(
            EventText.rows(event, fields: publisher.catalog.topics.fields(of: "ssh.login")).map(\.value).suffix(2) == [
                "ann", "22",
            ])
        await #expect(throws: PublishError.self) {
            try await publisher.publish(DatasetEvent("ssh.login", ["port": "22", "user": "ann"]))
        }
        try await publisher.publish(ErrorEvent("disk.full", "no space"))
    }
}
