import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// `POST /api/eventops`.
struct AyonOperationTests {
    private func operate(
        _ server: TestServer, _ type: String, _ conditions: String, headers: HTTPFields = [:]
    ) async throws -> Answer {
        try await server.send(
            .post, "/api/eventops", #"{"type": "\#(type)", "filter": {"conditions": [\#(conditions)]}}"#,
            headers: headers)
    }

    private func topics(_ server: TestServer) async throws -> [String] {
        try await server.get("/api/events?order=asc&fields=topic")["events"]?.items.compactMap { $0["topic"]?.text }
            ?? []
    }

    @Test func `deletes what the filter matches and nothing else`() async throws {
        try await TestServer.run { server in
            for topic in ["a.one", "a.two", "b.one"] { _ = try await server.publish(#"{"topic": "\#(topic)"}"#) }
            let hashed = try await server.publish(#"{"topic": "a.three", "hash": "h"}"#)
            let answer = try await operate(
                server, "delete", #"{"key": "topic", "operator": "like", "value": "A.%"}"#, headers: [.sender: "ann"])
            #expect(answer.status == 200 && answer.body == "null")
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.daybookPosition].flatMap { PositionVector($0) } != nil)
            #expect(try await topics(server) == ["b.one"])
            let history = try await server.get("/api/events/\(hashed)/history")["history"]?.items
            #expect(history?.last?["change"]?.text == "deleted" && history?.last?["actor"]?.text == "ann")
            #expect(try await server.publish(#"{"topic": "a.four", "hash": "h"}"#) != hashed, "the hash is free again")
        }
    }

    @Test func `finds by every part of an event, the payload too`() async throws {
        try await TestServer.run { server in
            for number in 0..<40 {
                _ = try await server.publish(
                    #"{"topic": "t.n\#(number)", "summary": {"n": \#(number)}, "payload": {"big": 1234567890123456789012\#(number % 10)}}"#
                )
            }
            #expect(
                try await operate(server, "delete", #"{"key": "payload/big", "value": 12345678901234567890123}"#).status
                    == 200)
            var left = try await topics(server)
            #expect(left.count == 36 && !left.contains("t.n3") && !left.contains("t.n33"))
            _ = try await operate(
                server, "delete",
                #"{"key": "summary/n", "operator": "gte", "value": 20}, {"key": "payload.big", "operator": "lt", "value": 12345678901234567890122}"#
            )
            left = try await topics(server)
            #expect(left.count == 32 && !left.contains("t.n20") && !left.contains("t.n31") && left.contains("t.n11"))
            _ = try await operate(server, "delete", #"{"key": "createdAt", "operator": "lt", "value": "2999-01-01"}"#)
            #expect(try await topics(server).isEmpty)
        }
    }

    @Test func `a parent is not deleted without its children, and then nothing is`() async throws {
        try await TestServer.run { server in
            let parent = try await server.publish(#"{"topic": "p.one"}"#)
            let child = try await server.publish(#"{"topic": "c.one", "dependsOn": "\#(parent)"}"#)
            _ = try await server.publish(#"{"topic": "p.two"}"#)
            let refused = try await operate(server, "delete", #"{"key": "topic", "operator": "like", "value": "p.%"}"#)
            #expect(refused.status == 409 && refused["code"]?.number == "409")
            #expect(refused.detail?.contains(child) == true && refused.detail?.contains(parent) == true)
            #expect(try await topics(server) == ["p.one", "c.one", "p.two"])
            #expect(try await operate(server, "delete", "").status == 200, "together they go")
            #expect(try await topics(server).isEmpty)
        }
    }

    @Test func `restarts and aborts, jobs too`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "src.a"}"#)
            let enroll = #"{"sourceTopic": "src.a", "targetTopic": "job.x", "leaseSeconds": 60}"#
            let job = try await server.send(.post, "/api/enroll", enroll, headers: [.sender: "w"])
            let id = try #require(job["id"]?.text)
            let plain = try await server.publish(#"{"topic": "job.x"}"#)
            let condition = #"{"key": "topic", "value": "job.x"}"#
            #expect(try await operate(server, "abort", condition, headers: [.sender: "operator"]).body == "null")
            for id in [id, plain] {
                #expect(try await server.get("/api/events/\(id)")["status"]?.text == "aborted")
            }
            let late = try await server.send(
                .patch, "/api/events/\(id)", #"{"status": "finished"}"#, headers: [.sender: "x"])
            #expect(late.status == 409, "the arbiter knows")
            #expect(try await server.send(.post, "/api/enroll", enroll, headers: [.sender: "w"]).status == 204)
            #expect(try await operate(server, "restart", condition).status == 200)
            #expect(try await server.get("/api/events/\(plain)")["status"]?.text == "restarted")
            let again = try await server.send(.post, "/api/enroll", enroll, headers: [.sender: "other"])
            #expect(again["id"]?.text == id && again["status"]?.text == "pending")
        }
    }

    @Test func `what matches nothing is done`() async throws {
        try await TestServer.run { server in
            for type in ["delete", "restart", "abort"] {
                let answer = try await operate(server, type, #"{"key": "topic", "value": "none"}"#)
                #expect(answer.status == 200 && answer.body == "null" && answer.headers[.daybookPosition] == nil)
            }
        }
    }

    @Test(arguments: [
        ("{}", "type: is required; filter: is required; one without conditions stands for all events"),
        (#"{"type": "purge", "filter": {}}"#, "type: must be one of delete, restart, abort"),
        (
            #"{"type": 1, "filter": null}"#,
            "type: must be a string, not number; filter: must be an object with 'conditions', not null"
        ),
        (
            #"{"type": "delete", "filter": {"conditions": [{"key": "colour", "value": 1}]}}"#,
            "filter.conditions.0.key: there is no attribute 'colour'"
        ),
        (
            #"{"type": "delete", "filter": {"conditions": [{"key": "topic", "value": null}]}}"#,
            "filter.conditions.0.value: 'eq' needs a value"
        ),
        (
            #"{"type": "delete", "filter": {"conditions": [{"key": "topic", "operator": "contains", "value": "x"}]}}"#,
            #"filter.conditions.0.operator: "contains" is no operator"#
        ),
        ("[]", "the body must be a JSON object"),
    ])
    func `a bad operation is refused and does nothing`(body: String, message: String) async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            let answer = try await server.send(.post, "/api/eventops", body)
            #expect(answer.status == 400)
            #expect(
                answer.detail?.hasPrefix("Request validation error in [POST] /api/eventops: \(message)") == true,
                "\(answer)")
            #expect(try await topics(server) == ["a.b"])
        }
    }

    @Test func `an operation the log did not take says whether it may have been done`() async throws {
        var options = ServerOptions()
        options.writeTimeout = .milliseconds(100)
        try await TestServer.run(options: options) { server in
            let id = try await server.publish(#"{"topic": "a.b"}"#)
            _ = try await server.publish(#"{"topic": "a.c"}"#)
            server.log.fault = .all(.unavailable("gone"))
            let refused = try await operate(server, "abort", "")
            #expect(refused.status == 503 && refused["stored"]?.text == "no", "\(refused)")
            server.log.fault = .silence
            let unknown = try await operate(server, "abort", "")
            #expect(unknown.status == 503 && unknown["stored"]?.text == "unknown" && unknown["id"] == nil)
            #expect(unknown.detail?.contains("send the same request again") == true)
            server.log.fault = nil
            #expect(try await operate(server, "abort", "").status == 200)
            #expect(try await server.get("/api/events/\(id)")["status"]?.text == "aborted")
        }
    }
}
