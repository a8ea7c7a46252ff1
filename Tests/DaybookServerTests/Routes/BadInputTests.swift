import Daybook
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import NIOCore
import Testing

@testable import DaybookServer

/// Bad input of any size or shape gets a precise error and stores nothing.
struct BadInputTests {
    @Test(arguments: [
        (#"{"topic": "a.b""#, "malformed JSON: line 1, column 16: expected ',' or '}', found the end of the text"),
        ("", "the body is empty; it must be a JSON object"),
        ("[]", "the body must be a JSON object"), ("\"topic\"", "the body must be a JSON object"),
        (
            #"{"topic": "a.b"} x"#,
            "malformed JSON: line 1, column 18: something follows behind the end of the JSON document"
        ),
        (
            #"{"topic": "a.b", "description": "\ud800"}"#,
            "malformed JSON: line 1, column 34: half of a surrogate pair in a string"
        ),
        (
            #"{"topic": "a.b", "description": "\u0000"}"#,
            "malformed JSON: line 1, column 34: U+0000 is not allowed in a string"
        ),
        (#"{"topic": "a.b", "summary": {"x": NaN}}"#, "malformed JSON: line 1, column 35: expected a value, found 'N'"),
        (
            #"{"topic": 1, "summary": [], "finished": "perhaps"}"#,
            "topic: must be a string, not number; summary: must be an object, not array; finished: must be true or false"
        ),
        (#"{"topic": "a..b"}"#, "topic: a topic is 1 to 256 letters, digits, '_' and '-' in segments joined by dots"),
        (
            #"{"topic": "entity.*"}"#,
            "topic: a topic is 1 to 256 letters, digits, '_' and '-' in segments joined by dots"
        ),
    ])
    func `a bad body is refused with what is wrong with it`(body: String, message: String) async throws {
        try await refused(body, "Request validation error in [POST] /api/events: \(message)")
    }

    @Test(arguments: ["[", "{\"a\":"])
    func `a hundred thousand nested brackets are refused`(opening: String) async throws {
        let nested = String(repeating: opening, count: 100_000)
        try await refused(#"{"topic": "a.b", "summary": "# + nested, "nested deeper than 128 levels", ending: true)
    }

    @Test func `invalid UTF-8 is refused`() async throws {
        try await TestServer.run { server in
            let body: [UInt8] = Array(#"{"topic": "a.b", "description": ""#.utf8) + [0xC3, 0x28] + Array("\"}".utf8)
            let answer = Answer(
                try await server.client.executeRequest(
                    uri: "/api/events", method: .post, headers: [:], body: .init(bytes: body)))
            #expect(answer.status == 400)
            #expect(answer.detail?.hasSuffix("malformed JSON: line 1, column 34: invalid UTF-8") == true)
            let line = Answer(
                try await server.client.executeRequest(
                    uri: "/api/events", method: .post, headers: [.contentType: BodyType.ndjson.name],
                    body: .init(bytes: body)))
            #expect(line["results"]?.items.count == 1, "\(line)")
            #expect(
                line["results"]?.items.first?["error"]?.text == "line 1: malformed JSON at column 34: invalid UTF-8")
            #expect(try await server.isEmpty)
        }
    }

    @Test func `validation lists every error as AYON does`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(#"{"topic": 5, "project": "-"}"#)
            #expect(answer.status == 400 && answer["code"]?.number == "400" && answer["path"]?.text == "/api/events")
            let errors = try #require(answer["errors"]).items
            #expect(
                errors.map { $0["loc"] } == [
                    .array([.string("body"), .string("topic")]), .array([.string("body"), .string("project")]),
                ])
            #expect(
                errors[0]["msg"]?.text == "must be a string, not number" && errors[0]["type"]?.text == "string_type")
            #expect(answer["title"]?.text == "Bad Request" && answer["traceback"] == nil)
        }
    }

    @Test(arguments: [
        ("description", 4 * 1024, "4096"), ("sender", 512, "512"),
    ])
    func `an over-long field is refused`(field: String, limit: Int, shown: String) async throws {
        try await TestServer.run { server in
            let fits = String(repeating: "x", count: limit)
            #expect(try await server.post(#"{"topic": "a.b", "\#(field)": "\#(fits)"}"#).status == 200)
            let answer = try await server.post(#"{"topic": "a.b", "\#(field)": "\#(fits)x"}"#)
            #expect(answer.status == 400)
            #expect(answer.detail?.hasSuffix("\(field): \(limit + 1) bytes; \(shown) at most") == true)
        }
    }

    @Test func `a summary or payload over its limit is refused`() async throws {
        var limits = EventLimits()
        limits.summary = 100
        limits.payload = 200
        try await TestServer.run(limits: limits) { server in
            let summary = try await server.post(
                #"{"topic": "a.b", "summary": {"x": "\#(String(repeating: "y", count: 100))"}}"#)
            #expect(summary.status == 400 && summary.detail?.hasSuffix("summary: 108 bytes; 100 at most") == true)
            let payload = try await server.post(
                #"{"topic": "a.b", "payload": {"x": "\#(String(repeating: "y", count: 200))"}}"#)
            #expect(payload.status == 400 && payload.detail?.hasSuffix("payload: 208 bytes; 200 at most") == true)
            #expect(try await server.isEmpty)
        }
    }

    @Test(arguments: [TestingSetup.router, .live])
    func `a body over every limit is refused`(setup: TestingSetup) async throws {
        var limits = EventLimits()
        limits.payload = 1000
        try await TestServer.run(setup, limits: limits) { server in
            let answer = try await server.post(String(repeating: " ", count: 1 << 20))
            #expect(answer.status == 413)
            #expect(answer.detail?.hasPrefix("the body is larger than the ") == true)
            #expect(try await server.publish(#"{"topic": "still.alive"}"#) != "")
        }
    }

    @Test func `bodies together are bounded, too`() async throws {
        var options = ServerOptions()
        options.maximumBytesInWork = 100
        try await TestServer.run(options: options) { server in
            let answer = try await server.post(
                #"{"topic": "a.b", "description": "\#(String(repeating: "x", count: 100))"}"#)
            #expect(answer.status == 503 && answer["stored"]?.text == "no")
            #expect(answer.headers[.retryAfter] == "1")
            #expect(try await server.publish(#"{"topic": "a.b"}"#) != "", "what was refused is given back")
        }
    }

    @Test func `an unknown content type is refused`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("topic=a", headers: [.contentType: "application/x-www-form-urlencoded"])
            #expect(answer.status == 415)
            #expect(answer.detail?.contains("application/x-ndjson") == true)
            let patch = try await server.send(
                .patch, "/api/events/\(EventID.generate())", "{}", headers: [.contentType: BodyType.ndjson.name])
            #expect(patch.status == 415)
        }
    }

    @Test(arguments: [
        (#"{"progress": 100.1}"#, "progress: must be from 0 to 100"),
        (#"{"status": "done"}"#, "status: must be one of pending, in_progress, finished, failed, aborted, restarted"),
        (#"{"summary": 1}"#, "summary: must be an object, not number"),
        (#"{"progress":"#, "malformed JSON: line 1, column 13: expected a value, found the end of the text"),
    ])
    func `a bad change is refused and changes nothing`(body: String, message: String) async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "job", "finished": false}"#)
            let before = try await server.get("/api/events/\(id)?fields=all")
            let answer = try await server.send(.patch, "/api/events/\(id)", body)
            #expect(answer.status == 400 && answer.detail?.hasSuffix(message) == true, "\(answer)")
            #expect(try await server.get("/api/events/\(id)?fields=all").body == before.body)
        }
    }

    @Test(arguments: [
        ("limit=0", "limit: must be a whole number from 1 to 1000"),
        ("limit=1001", "limit: must be a whole number from 1 to 1000"),
        ("cursor=abc", "cursor: the cursor is not one that a page of events gave: use nextCursor as it is"),
        ("newerThan=yesterday", "newerThan: 'yesterday' is no ISO 8601 time"),
        ("order=up", "order: must be asc (oldest first) or desc (newest first)"),
        ("status=done", "status: 'done' is not one of pending"),
        ("id=1", "id: '1' is no event id: 32 lower-case hex digits"), ("dependsOn=x", "dependsOn: 'x' is no event id"),
        ("topic=a%20b", "topic: 'a b' is no topic pattern"),
        (
            "limt=1",
            "limt: unknown parameter; allowed are topic, status, project, user, sender, dependsOn, hash, id, newerThan"
        ),
        ("limit=1&limit=2", "limit: may be given only once"),
    ])
    func `a bad query is refused`(query: String, message: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/api/events?\(query)")
            #expect(answer.status == 400)
            #expect(
                answer.detail?.hasPrefix("Request validation error in [GET] /api/events: \(message)") == true,
                "\(answer)")
            #expect(answer["errors"]?.items.first?["loc"]?.items.first == .string("query"))
        }
    }

    @Test func `unknown routes and methods have bodies of their own`() async throws {
        try await TestServer.run { server in
            let route = try await server.get("/api/nothing")
            #expect(route.status == 404 && route["code"]?.number == "404" && route["path"]?.text == "/api/nothing")
            let method = try await server.send(.put, "/api/events", "{}")
            #expect(method.status == 405 && method.detail?.hasPrefix("Method Not Allowed") == true)
            #expect(method.headers[.allow] == "GET, HEAD, POST")
            #expect(try await server.send(.post, "/livez", "").status == 405)
            for name in ["TRACE", "QUERY"] {
                let unusual = try await server.send(try #require(HTTPRequest.Method(name)), "/api/events")
                #expect(unusual.status == 405 && unusual.headers[.allow] == "GET, HEAD, POST")
            }
            #expect(try await server.get("/api/events/").status == 404, "AYON takes no slash at the end")
        }
    }

    @Test func `headers that are too large end the connection`() async throws {
        try await TestServer.run(.live) { server in
            let answer = try await server.get("/livez", headers: [.requestID: String(repeating: "x", count: 64 * 1024)])
            #expect(answer.status == 431)
        }
    }

    private func refused(_ body: String, _ detail: String, ending: Bool = false) async throws {
        try await TestServer.run { server in
            let answer = try await server.post(body)
            #expect(answer.status == 400)
            #expect(
                ending ? answer.detail?.hasSuffix(detail) == true : answer.detail == detail, "\(answer.detail ?? "")")
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(try await server.isEmpty)
        }
    }
}

extension TestServer {
    /// Whether no event was stored.
    var isEmpty: Bool {
        get async throws { try await get("/api/events")["events"]?.items.isEmpty == true }
    }
}
