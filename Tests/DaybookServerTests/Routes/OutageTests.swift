import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// The log cannot be reached, or takes nothing: refusals say whether the write was stored, and the server recovers.
struct OutageTests {
    private static let impatient: ServerOptions = {
        var options = ServerOptions()
        options.writeTimeout = .milliseconds(50)
        return options
    }()

    @Test(arguments: [
        (LogError.unavailable("no broker answers"), "the log cannot be reached: no broker answers"),
        (.full("/data has 0 bytes left"), "no space left: /data has 0 bytes left"),
        (.closed, "the log is closed"),
    ])
    func `a write the log did not take was not stored`(error: LogError, detail: String) async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            server.log.fault = .appends(error)
            let answer = try await server.post(#"{"topic": "a.b"}"#)
            #expect(answer.status == 503 && answer["stored"]?.text == "no" && answer["id"] == nil)
            #expect(answer.headers[.retryAfter] == "1" && answer.detail == detail)
            #expect(try await server.get("/api/events")["events"]?.items.count == 1, "reading goes on")
            server.log.fault = nil
            #expect(try await server.publish(#"{"topic": "a.b"}"#) != "")
        }
    }

    @Test func `a write whose acknowledgement was lost may be stored, and its id is told`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            server.log.fault = .lostAcknowledgements
            let answer = try await server.post(#"{"topic": "a.b"}"#)
            #expect(answer.status == 503 && answer["stored"]?.text == "unknown")
            let id = try #require(answer["id"]?.text)
            let patch = try await server.send(.patch, "/api/events/\(id)", "{}")
            #expect(patch.status == 503 || patch.status == 404, "it may be in the index by now")
            server.log.fault = nil
        }
    }

    @Test func `a log that does not answer is given up in time`() async throws {
        try await TestServer.run(options: Self.impatient) { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            server.log.fault = .silence
            let answer = try await server.post(#"{"topic": "a.b"}"#)
            #expect(answer.status == 503 && answer["stored"]?.text == "unknown")
            #expect(answer["id"]?.text.flatMap { EventID($0) } != nil)
            #expect(answer.detail?.hasPrefix("the write was sent and not answered") == true)
        }
    }

    @Test func `a batch the log takes nothing of is refused as a whole`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            server.log.fault = .appends(.unavailable("gone"))
            let two = "{\"topic\": \"a.b\"}\n{\"topic\": \"a.b\"}"
            let answer = try await server.post(two, type: .ndjson)
            #expect(answer.status == 503 && answer["stored"]?.text == "no" && answer.headers[.retryAfter] == "1")
            #expect(answer["results"]?.items.map { $0["stored"]?.text } == ["no", "no"])
            server.log.fault = .lostAcknowledgements
            let unknown = try await server.post(two, type: .ndjson)
            #expect(unknown.status == 503 && unknown["stored"]?.text == "unknown")
            #expect(unknown["results"]?.items.allSatisfy { $0["id"]?.text != nil } == true)
            // A bad line is refused for its own sake, whatever the log does.
            let mixed = try await server.post("{\"topic\": \"a.b\"}\n{}", type: .ndjson)
            #expect(mixed.status == 207 && mixed["results"]?.items.map { $0["status"]?.number } == ["503", "400"])
        }
    }

    @Test func `a log that does not answer to the topic catalogue is given up in time, too`() async throws {
        var options = ServerOptions()
        options.writeTimeout = .milliseconds(50)
        try await TestServer.run(options: options) { server in
            #expect(try await server.send(.put, "/api/topics/a.c", "{}").status == 200)
            server.log.fault = .silence
            for answer in [
                try await server.send(.put, "/api/topics/a.b", "{}"), try await server.send(.delete, "/api/topics/a.c"),
            ] {
                #expect(answer.status == 503 && answer["stored"]?.text == "unknown", "\(answer)")
                #expect(answer.headers[.retryAfter] == "1")
            }
        }
    }

    @Test func `reading what the log has alone is refused while it is away`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "a.b", "payload": {"x": 1}}"#)
            server.log.fault = .all(.unavailable("gone"))
            for path in ["/api/events/\(id)", "/api/events/\(id)/history", "/api/events?fields=payload"] {
                let answer = try await server.get(path)
                #expect(answer.status == 503 && answer.headers[.retryAfter] == "1", "\(path)")
                #expect(answer.detail?.contains("the log cannot be reached: gone") == true)
            }
            #expect(try await server.get("/api/events/\(id)?fields=topic").status == 200, "the index needs no log")
        }
    }

    @Test func `readiness says what is wrong, and liveness does not care`() async throws {
        try await TestServer.run { server in
            let ready = try await server.get("/readyz")
            #expect(ready.status == 200 && ready.body.hasPrefix(#"{"status":"ready""#), "\(ready)")
        }
        try await TestServer.run { server in
            server.log.fault = .all(.unavailable("gone"))
            let ready = try await server.get("/readyz")
            #expect(ready.status == 503)
            let check = ready["checks"]?.items.first
            #expect(check?["name"]?.text == "log" && check?["detail"]?.text == "the log cannot be reached: gone")
            #expect(try await server.get("/livez").body == #"{"status":"ok"}"#)
        }
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "a.first"}"#)
            server.log.fault = .reads(.unavailable("gone"))
            // The projector finds out when it next reads something.
            _ = try await server.post(#"{"topic": "a.b"}"#)
            let ready = try await server.get("/readyz")
            #expect(ready.status == 503 && ready["checks"]?.items.last?["name"]?.text == "index", "\(ready)")
        }
    }
}

/// The log is out of reach from the start on.
struct ClosedNodeTests {
    @Test func `a server whose log is not open yet answers, and says so`() async throws {
        try await TestServer.run(isOpening: false) { server in
            #expect(try await server.get("/livez").status == 200)
            let ready = try await server.get("/readyz")
            #expect(ready.status == 503)
            // The node tries for the first time when it runs; before, its log is being opened.
            let reasons = ["the log cannot be reached: no broker answers", "the log is being opened"]
            #expect(
                ready["checks"]?.items.allSatisfy { reasons.contains($0["detail"]?.text ?? "") } == true, "\(ready)")
            let post = try await server.post(#"{"topic": "a.b"}"#)
            #expect(post.status == 503 && post["stored"]?.text == "no" && post.headers[.retryAfter] == "1")
            for path in ["/api/events", "/api/events/\(EventID.generate())", "/api/replay", "/api/topics"] {
                let answer = try await server.get(path)
                #expect(answer.status == 503 && reasons.contains(answer.detail ?? ""), "\(path)")
            }
            #expect(try await server.get("/metrics").body.contains("daybook_node_open 0\n"))
            #expect(try await server.post("{").status == 503, "who asks is looked at first")
        }
    }
}
