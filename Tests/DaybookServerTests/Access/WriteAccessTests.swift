import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// What callers may write.
struct WriteAccessTests {
    @Test func `an event is published only where a scope allows it`() async throws {
        try await TestServer.run { server in
            let key = try await server.key("ci", .manager, "publish,read topics=build.* projects=p1")
            func publish(_ body: String) async throws -> Answer { try await server.post(body, headers: .key(key)) }
            #expect(try await publish(#"{"topic": "build.done", "project": "p1"}"#).status == 200)
            for body in [
                #"{"topic": "build.done"}"#, #"{"topic": "build.done", "project": "p2"}"#,
                #"{"topic": "deploy.done", "project": "p1"}"#,
                #"{"topic": "deploy.done", "project": "p1", "store": false}"#,
                #"{"topic": "deploy.done", "project": "p1", "hash": "h"}"#,
                #"{"topic": "deploy.done", "project": "p1", "hash": "h", "reuse": true}"#,
            ] {
                let refused = try await publish(body)
                #expect(refused.status == 403 && refused.detail?.contains("permission publish") == true, "\(refused)")
            }
            let cloudEvent = #"{"specversion": "1.0", "id": "1", "source": "x", "type": "deploy.done"}"#
            #expect(try await server.post(cloudEvent, type: .cloudEvent, headers: .key(key)).status == 403)
            #expect(try await server.get("/api/events", headers: .key(key))["events"]?.items.count == 1)
        }
    }

    @Test func `of a batch each item is looked at`() async throws {
        try await TestServer.run { server in
            let key = try await server.key("ci", .manager, "publish,read topics=build.*")
            let lines = ["build.a", "deploy.b", "build.c"].map { #"{"topic": "\#($0)"}"# }.joined(separator: "\n")
            let batch = try await server.post(lines, type: .ndjson, headers: .key(key))
            #expect(batch.status == 207)
            #expect(batch["results"]?.items.map { $0["status"]?.number } == ["200", "403", "200"])
            #expect(batch["results"]?.items[1]["error"]?.text?.hasPrefix("line 2: this needs") == true, "\(batch)")
            let atomic = try await server.post(lines, type: .ndjson, query: "?atomic", headers: .key(key))
            #expect(atomic.status == 403, "\(atomic)")
            #expect(try await server.get("/api/events", headers: .key(key))["events"]?.items.count == 2)
        }
    }

    @Test func `users change their own events, and neither give them away nor take those of others`() async throws {
        try await TestServer.run { server in
            let root = try await server.key("root", .service)
            let ann = try await server.key("ann", .user)
            let batch = try await server.post(
                #"{"topic": "t.a", "project": "p", "user": "ann"}"#, type: .ndjson, headers: .key(root))
            let own = try #require(batch["results"]?.items.first?["id"]?.text)
            let free = try await server.publish(#"{"topic": "t.a"}"#, headers: .key(root))
            func patch(_ id: String, _ body: String) async throws -> Int {
                try await server.send(.patch, "/api/events/\(id)", body, headers: .key(ann)).status
            }
            #expect(try await patch(own, #"{"description": "x"}"#) == 204)
            #expect(try await patch(own, #"{"user": "bob"}"#) == 403)
            #expect(try await patch(own, #"{"user": "ann"}"#) == 204)
            // It may be read, since it has no project, but not changed.
            #expect(try await patch(free, #"{"description": "x"}"#) == 403)
            #expect(try await patch(free, #"{"user": "ann"}"#) == 403)
            #expect(try await server.send(.delete, "/api/events/\(own)", headers: .key(ann)).status == 403)
            #expect(try await server.post(#"{"topic": "t.a"}"#, headers: .key(ann)).status == 403)
        }
    }

    @Test func `what a user publishes is its own`() async throws {
        try await TestServer.run { server in
            let key = try await server.key("ann", .user, "publish topics=t.*")
            let root = try await server.key("root", .service)
            let one = try await server.publish(#"{"topic": "t.a"}"#, headers: .key(key))
            let batch = try await server.post(#"{"topic": "t.b", "user": "bob"}"#, type: .ndjson, headers: .key(key))
            let many = try #require(batch["results"]?.items.first?["id"]?.text)
            for id in [one, many] {
                let event = try await server.get("/api/events/\(id)?fields=user,actor", headers: .key(root))
                #expect(event["user"]?.text == "ann" && event["actor"]?.text == "ann", "\(event)")
            }
        }
    }

    @Test func `an event is changed only where it was and where it goes`() async throws {
        try await TestServer.run { server in
            let root = try await server.key("root", .service)
            let key = try await server.key("p1", .manager, "read,change projects=p1", "read projects=p2")
            let inside = try await server.publish(#"{"topic": "t.a", "project": "p1"}"#, headers: .key(root))
            let outside = try await server.publish(#"{"topic": "t.a", "project": "p2"}"#, headers: .key(root))
            func patch(_ id: String, _ body: String) async throws -> Int {
                try await server.send(.patch, "/api/events/\(id)", body, headers: .key(key)).status
            }
            #expect(try await patch(inside, #"{"description": "x"}"#) == 204)
            #expect(try await patch(inside, #"{"progress": 5}"#) == 204)
            #expect(try await patch(inside, #"{"project": "p2"}"#) == 403)
            #expect(try await patch(outside, #"{"project": "p1"}"#) == 403)
            #expect(try await patch(outside, #"{"progress": 5}"#) == 403)
        }
    }

    @Test func `an operation takes in only what its caller may delete`() async throws {
        try await TestServer.run { server in
            let root = try await server.key("root", .service)
            let key = try await server.key("p1", .admin, "admin projects=p1", "read")
            let inside = try await server.publish(#"{"topic": "t.a", "project": "p1"}"#, headers: .key(root))
            let outside = try await server.publish(#"{"topic": "t.a", "project": "p2"}"#, headers: .key(root))
            let all = #"{"type": "delete", "filter": {"conditions": []}}"#
            #expect(try await server.send(.post, "/api/eventops", all, headers: .key(key)).status == 200)
            #expect(try await server.get("/api/events/\(inside)", headers: .key(root)).status == 404)
            #expect(try await server.get("/api/events/\(outside)", headers: .key(root)).status == 200)
            #expect(try await server.send(.delete, "/api/events/\(outside)", headers: .key(key)).status == 403)
        }
    }

    @Test func `nobody is answered what another one did with its idempotency key`() async throws {
        try await TestServer.run { server in
            let (one, two) = (try await server.key("one", .manager), try await server.key("two", .manager))
            func publish(_ key: String) async throws -> String {
                try await server.publish(
                    #"{"topic": "t.a"}"#, headers: [.apiKey: key, .idempotencyKey: "k", .sender: "same"])
            }
            let first = try await publish(one)
            #expect(try await publish(one) == first)
            #expect(try await publish(two) != first)
        }
    }
}
