import Foundation
import LosslessJSON
import Testing

/// Programs that know nothing of Daybook read its streams and write to them.
@Suite(.needsBroker) struct ForeignClientTests {
    @Test("kcat reads a published event by its ce_ headers")
    func kcatReads() async throws {
        try await KafkaServer.with { server in
            let line = """
                {"topic": "interop.read", "sender": "me", "project": "demo", "createdAt": "2024-02-03T04:05:06Z", \
                "payload": {"n":1.50}}
                """
            let published = try await server.process.daybook("publish", "-", "--json", input: line)
            #expect(published.code == 0, "\(published.errors)")
            let record = try await kcat(
                ["-C", "-t", server.stream("interop"), "-o", "beginning", "-e", "-f", #"%k\n%s\n%h\n"#], server)
            #expect(record.lines.count == 3, "\(record)")
            let (key, value, headers) = (record.lines[0], record.lines[1], record.lines[2].split(separator: ","))
            #expect(value == #"{"n":1.50}"#)
            #expect(headers.contains("ce_specversion=1.0"))
            #expect(headers.contains("ce_type=interop.read"))
            #expect(headers.contains("ce_id=\(key)"))
            #expect(headers.contains("ce_project=demo"))
            #expect(headers.contains("content-type=application/json"))
            #expect(headers.contains { $0.hasPrefix("ce_source=") && $0.hasSuffix("me") })
            #expect(headers.contains { $0.hasPrefix("ce_time=2024-02-03T04:05:06") })
        }
    }

    @Test("an event that kcat wrote is projected")
    func kcatWrites() async throws {
        try await KafkaServer.with { server in
            let topic = try await streamInUse(server)
            let headers = [
                "ce_specversion=1.0", "ce_id=order 17", "ce_source=https://example.org/shop",
                "ce_type=interop.order.placed", "ce_time=2024-02-03T04:05:06Z", "content-type=text/plain",
            ]
            let written = try await kcat(
                ["-P", "-t", topic, "-p", "0"] + headers.flatMap { ["-H", $0] }, server, input: "two of them")
            #expect(written.code == 0, "\(written.errors)")
            let end = try await kcat(["-C", "-t", topic, "-o", "-1", "-e", "-f", #"%t:%p:%o\n"#], server)
            let event = try await event(ofTopic: "interop.order.placed", at: #require(end.lines.last), server)
            #expect(event["sender"]?.stringValue == "https://example.org/shop")
            #expect(event["createdAt"]?.stringValue?.hasPrefix("2024-02-03T04:05:06") == true)
            #expect(event["status"]?.stringValue == "finished")
            let id = try #require(event["id"]?.stringValue)
            // Made from source and id, as a UUID of version 8.
            #expect(id.count == 32 && Array(id)[12] == "8")
            let shown = try await server.process.daybook("get", id, "--json")
            #expect(shown.output.contains("two of them"), "\(shown)")
        }
    }

    @Test(
        "events that Python's CloudEvents SDK wrote are projected, in binary and in structured mode",
        .enabled("pip cannot fetch Python's CloudEvents SDK") { await PythonEnvironment.isUsable })
    func pythonWrites() async throws {
        try await KafkaServer.with { server in
            let topic = try await streamInUse(server)
            let written = try await PythonEnvironment.run(Self.program, [server.broker, topic])
            #expect(written.code == 0, "\(written.errors)")
            let position = try #require(written.lines.last)
            for mode in ["binary", "structured"] {
                let event = try await event(ofTopic: "interop.python.\(mode)", at: position, server)
                #expect(event["sender"]?.stringValue == "https://example.org/python")
                // An id that is a UUID stays one.
                #expect(event["id"]?.stringValue == "0190a6d0c0de7000800000000000000" + (mode == "binary" ? "1" : "2"))
                let shown = try await server.process.daybook("get", #require(event["id"]?.stringValue), "--json")
                let payload = try #require(try JSONMembers(shown.output.utf8)["payload"], "\(shown)")
                #expect(try JSONMembers(payload.bytes)["count"]?.description == "3")
            }
        }
    }

    /// Writes an event in each mode, and prints the position of the second.
    ///
    /// The SDK's own `to_structured` is of no use: it gives the record the content type of the event's data, where the
    /// Kafka binding (3.3) wants one that says CloudEvents.
    private static let program = """
        import sys
        from cloudevents.http import CloudEvent
        from cloudevents.conversion import to_json
        from cloudevents.kafka import KafkaMessage, to_binary
        from confluent_kafka import Producer

        def to_structured(event):
            return KafkaMessage({"content-type": b"application/cloudevents+json"}, None, to_json(event))

        broker, topic = sys.argv[1:]
        producer = Producer({"bootstrap.servers": broker, "acks": "all"})
        for number, (mode, convert) in enumerate([("binary", to_binary), ("structured", to_structured)], 1):
            attributes = {
                "type": f"interop.python.{mode}",
                "source": "https://example.org/python",
                "id": f"0190a6d0-c0de-7000-8000-{number:012}",
                "datacontenttype": "application/json",
            }
            message = convert(CloudEvent(attributes, {"count": 3}))
            delivered = []
            producer.produce(
                topic, value=message.value, key=message.key, headers=message.headers, partition=0,
                on_delivery=lambda error, message: delivered.append((error, message)))
            producer.flush(20)
            error, message = delivered[0]
            if error:
                sys.exit(str(error))
        print(f"{message.topic()}:{message.partition()}:{message.offset()}")
        """

    /// Publishes an event of family `interop`, so that its stream is there.
    private func streamInUse(_ server: KafkaServer) async throws -> String {
        let first = try await server.process.daybook("publish", "--topic", "interop.first")
        #expect(first.code == 0, "\(first.errors)")
        return server.stream("interop")
    }

    /// The only event of a topic, as `GET /api/events` shows it once it knows the record at a position.
    private func event(ofTopic topic: String, at position: String, _ server: KafkaServer) async throws -> JSONMembers {
        let answer = try await server.get("/api/events?topic=\(topic)", showing: position)
        let events = try #require(try JSONMembers(answer)["events"]?.elements)
        #expect(events.count == 1)
        return try JSONMembers(#require(events.first).bytes)
    }

    private func kcat(_ arguments: [String], _ server: KafkaServer, input: String = "") async throws -> Finished {
        try await Program.run("/usr/bin/env", ["kcat", "-q", "-b", server.broker] + arguments, input: input)
    }
}
