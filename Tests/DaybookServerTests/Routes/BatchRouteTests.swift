import Daybook
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

struct BatchRouteTests {
    private static let hundred = (0..<100).map { number in
        switch number {
        case 3: "{\"topic\": \"a.b\""
        case 50: #"{"topic": "a b"}"#
        case 97: #"{"topic": "a.b", "status": "done"}"#
        default: #"{"topic": "a.b", "summary": {"number": \#(number)}}"#
        }
    }.joined(separator: "\n")

    @Test(arguments: [TestingSetup.router, .live])
    func `of a hundred with three bad ones the others are stored`(setup: TestingSetup) async throws {
        try await TestServer.run(setup) { server in
            let answer = try await server.post(Self.hundred, type: .ndjson)
            #expect(answer.status == 207)
            let results = try #require(answer["results"]).items
            #expect(results.count == 100)
            let bad = results.enumerated().filter { $0.element["status"]?.number != "200" }
            #expect(bad.map(\.offset) == [3, 50, 97])
            #expect(
                bad.map { $0.element["error"]?.text } == [
                    "line 4: malformed JSON at column 16: expected ',' or '}', found the end of the text",
                    "line 51: topic: a topic is 1 to 256 letters, digits, '_' and '-' in segments joined by dots",
                    "line 98: status: must be one of pending, in_progress, finished, failed, aborted, restarted",
                ])
            #expect(bad.allSatisfy { $0.element["id"] == nil })
            let list = try await server.get("/api/events?limit=1000&order=asc")
            let stored = try #require(list["events"]).items
            #expect(Set(stored.compactMap { $0["id"]?.text }) == Set(results.compactMap { $0["id"]?.text }))
            #expect(stored.count == 97)
        }
    }

    @Test(arguments: [
        (#"{"topic": "a.b""#, "malformed JSON at column 16: expected ',' or '}', found the end of the text"),
        ("[]", "must be a JSON object"),
        (
            #"{"topic": "a.b", "summary": "# + String(repeating: "[", count: 100_000),
            "malformed JSON at column 156: nested deeper than 128 levels"
        ),
        (#"{"topic": "a.b", "user": 7}"#, "user: must be a string, not number"),
        (#"{"topic": "a.b", "colour": "red"}"#, "colour: there is no such attribute of an event"),
        (
            #"{"topic": "a.b", "status": "done"}"#,
            "status: must be one of pending, in_progress, finished, failed, aborted, restarted"
        ),
        (#"{"topic": "a.b", "progress": 100.1}"#, "progress: must be from 0 to 100"),
        (#"{"topic": "a.b", "progress": -1}"#, "progress: must be from 0 to 100"),
        (#"{"topic": "a.b", "progress": "50"}"#, "progress: must be a number, not string"),
        ("{}", "topic: an event needs a topic"),
        (#"{"topic": "a..b"}"#, "topic: a topic is 1 to 256 letters, digits, '_' and '-' in segments joined by dots"),
        (#"{"topic": "a.b", "createdAt": "yesterday"}"#, "createdAt: must be an ISO 8601 time such as 2026-"),
        (#"{"topic": "a.b", "dependsOn": "x"}"#, "dependsOn: must be an event id: 32 lower-case hex digits"),
        (
            #"{"topic": "a.b", "description": "\ud800"}"#,
            "malformed JSON at column 34: half of a surrogate pair in a string"
        ),
        (#"{"topic": "a.b", "user": "\#(String(repeating: "x", count: 513))"}"#, "user: 513 bytes; 512 at most"),
    ])
    func `a bad line is told with its number, and stores nothing`(line: String, message: String) async throws {
        try await TestServer.run { server in
            // An empty line counts, and the good one beside it is stored.
            let answer = try await server.post("\n\(line)\n{\"topic\": \"good.one\"}", type: .ndjson)
            #expect(answer.status == 207)
            let results = try #require(answer["results"]).items
            #expect(results.map { $0["status"]?.number } == ["400", "200"])
            #expect(results[0]["error"]?.text?.hasPrefix("line 2: \(message)") == true, "\(answer)")
            #expect(try await server.get("/api/topics").body == #"{"topics":[{"topic":"good.one","events":1}]}"#)
        }
    }

    @Test func `all or nothing stores nothing when one is bad`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(Self.hundred, type: .ndjson, query: "?atomic=true")
            #expect(answer.status == 400)
            #expect(
                answer.detail?.hasPrefix("nothing was stored, since 2 of 100 items failed: line 4: malformed JSON")
                    == true)
            let statuses = try #require(answer["results"]).items.compactMap { $0["status"]?.number }
            #expect(statuses.filter { $0 == "424" }.count == 98)
            #expect(try await server.isEmpty)
            // Those that only the publisher finds out are no different.
            let late = try await server.post(
                "{\"topic\": \"a.b\"}\n{\"topic\": \"a b\"}\n", type: .ndjson, query: "?atomic=true")
            #expect(late.status == 400)
            #expect(try await server.isEmpty)
        }
    }

    @Test func `all or nothing stores everything when all are good`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "{\"topic\": \"a.b\"}\n{\"topic\": \"c.d\"}\n", type: .ndjson, query: "?atomic")
            #expect(answer.status == 200)
            #expect(answer["results"]?.items.count == 2)
            #expect(try await server.get("/api/events")["events"]?.items.count == 2)
            let vector = try #require(answer.headers[.daybookPosition].flatMap { PositionVector($0) })
            #expect(Set(vector.offsets.keys.map(\.stream)) == ["daybook.a", "daybook.c"])
        }
    }

    @Test func `NDJSON keeps what AYON's single event drops`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                """
                {"id": "0123456789abcdef0123456789abcdef", "topic": "my-topic.x", "user": "eve", "status": "failed", \
                "progress": 12.5, "severity": "error", "createdAt": "2020-01-02T03:04:05Z", "metadata": {"k": 1}, \
                "payload": "text", "contentType": "text/plain", "entityType": "shot", "entityId": "s1"}
                """, type: .ndjson)
            #expect(answer.status == 200, "\(answer)")
            let event = try await server.get("/api/events/0123456789abcdef0123456789abcdef?fields=all")
            #expect(event["user"]?.text == "eve" && event["status"]?.text == "failed")
            #expect(event["progress"]?.number == "12.5" && event["severity"]?.text == "error")
            #expect(event["createdAt"]?.text == "2020-01-02T03:04:05.000000+00:00")
            #expect(event["metadata"]?["k"]?.number == "1" && event["entityId"]?.text == "s1")
            #expect(event["payload"]?.text == "text" && event["contentType"]?.text == "text/plain")
        }
    }

    @Test func `a line that is not to be stored is a signal`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "{\"topic\": \"a.b\", \"store\": false}\n{\"topic\": \"a.b\"}", type: .ndjson)
            #expect(answer.status == 200)
            #expect(try await server.get("/api/events")["events"]?.items.count == 1)
        }
    }

    @Test func `takes a CloudEvent, and a batch of them`() async throws {
        try await TestServer.run { server in
            let event =
                #"{"specversion":"1.0","id":"n-1","source":"/shop","type":"order.placed","data":{"x":1.0},"user":"eve"}"#
            let one = try await server.post(event, type: .cloudEvent)
            #expect(one.status == 200)
            let id = try #require(one["id"]?.text)
            let stored = try await server.get("/api/events/\(id)")
            #expect(stored["topic"]?.text == "order.placed" && stored["sender"]?.text == "/shop")
            #expect(stored["user"]?.text == "eve" && stored.body.contains(#""payload":{"x":1.0}"#))

            let other = event.replacing("n-1", with: "n-2")
            let batch = try await server.post("[\(other),{\"specversion\":\"1.0\"}]", type: .cloudEventBatch)
            #expect(batch.status == 207)
            #expect(batch["results"]?.items.map { $0["status"]?.number } == ["200", "400"])
            let bad = try await server.post("{\"specversion\":\"1.0\"}", type: .cloudEvent)
            #expect(bad.status == 400 && bad.detail?.contains("ce_type is missing") == true)
            #expect(try await server.post("{}", type: .cloudEventBatch).status == 400)
        }
    }

    @Test func `an empty batch is answered`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("\n\n", type: .ndjson)
            #expect(answer.status == 200 && answer.body == #"{"results":[]}"#)
        }
    }
}
