import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// Events with a hash, and requests with an idempotency key.
struct HashRouteTests {
    @Test func `the second event with a hash is answered with the first one's id`() async throws {
        try await TestServer.run { server in
            let first = try await server.post(#"{"topic": "a.b", "hash": "h", "finished": false}"#)
            let id = try #require(first["id"]?.text)
            for topic in ["a.b", "another.topic"] {
                let second = try await server.post(#"{"topic": "\#(topic)", "hash": "h"}"#)
                #expect(second.status == 409)
                #expect(second["code"]?.number == "409" && second["duplicateOf"]?.text == id)
                #expect(second["position"]?.text == first.headers[.daybookPosition])
                #expect(second.detail == "event \(id) has this hash already")
            }
            #expect(try await server.get("/api/events?hash=h")["events"]?.items.count == 1)
            // The position can be waited for.
            let position = try #require(first.headers[.daybookPosition])
            #expect(try await server.get("/api/events/\(id)", headers: [.daybookMinPosition: position]).status == 200)
        }
    }

    @Test func `each item of a batch is decided by itself, in their order`() async throws {
        try await TestServer.run { server in
            let lines = [
                #"{"topic": "a.b", "hash": "one"}"#, #"{"topic": "a.b"}"#, #"{"topic": "a.b", "hash": "two"}"#,
                #"{"topic": "a.b", "hash": "one"}"#, #"{"topic": "a b", "hash": "three"}"#,
            ]
            let answer = try await server.post(lines.joined(separator: "\n"), type: .ndjson)
            #expect(answer.status == 207)
            let results = try #require(answer["results"]?.items)
            #expect(results.map { $0["status"]?.number } == ["200", "200", "200", "409", "400"])
            #expect(results[3]["duplicateOf"]?.text == results[0]["id"]?.text)
            #expect(results[3]["position"]?.text == results[0]["position"]?.text)
            #expect(try await server.get("/api/events")["events"]?.items.count == 3)
        }
    }

    @Test func `events of a batch with one ordering key keep their order, hashed or not`() async throws {
        try await TestServer.run { server in
            let lines = (0..<40).map { number in
                let hash = number % 3 == 0 ? #", "hash": "h\#(number)""# : ""
                return #"{"topic": "a.b", "orderingKey": "k", "description": "\#(number)"\#(hash)}"#
            }
            #expect(try await server.post(lines.joined(separator: "\n"), type: .ndjson).status == 200)
            let replay = try await server.get("/api/replay?topic=a.b")
            let numbers = replay.lines.compactMap { $0["event"]?["description"]?.text ?? $0["description"]?.text }
            #expect(numbers == (0..<40).map { "\($0)" })
        }
    }

    @Test func `an atomic batch takes no hash`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "{\"topic\": \"a.b\"}\n{\"topic\": \"a.b\", \"hash\": \"h\"}", type: .ndjson, query: "?atomic=true")
            #expect(answer.status == 400)
            #expect(answer.detail?.contains("cannot be part of an atomic batch") == true)
            #expect(try await server.get("/api/events")["events"]?.items.isEmpty == true)
        }
    }

    @Test func `deleting frees the hash`() async throws {
        try await TestServer.run { server in
            let first = try await server.publish(#"{"topic": "a.b", "hash": "h"}"#)
            #expect(try await server.send(.delete, "/api/events/\(first)").status == 204)
            let second = try await server.publish(#"{"topic": "a.b", "hash": "h"}"#)
            #expect(first != second)
            #expect(try await server.get("/api/events/\(first)").status == 404)
            #expect(try await server.get("/api/events/\(first)/history").status == 200)
        }
    }

    @Test func `reuse takes the place of the event, unless another depends on it`() async throws {
        try await TestServer.run { server in
            let first = try await server.publish(#"{"topic": "a.b", "hash": "h", "finished": false}"#)
            let created = try await server.get("/api/events/\(first)")["createdAt"]?.text
            let second = try await server.publish(#"{"topic": "a.c", "hash": "h", "reuse": true}"#)
            #expect(first != second)
            #expect(try await server.get("/api/events/\(first)").status == 404)
            let event = try await server.get("/api/events/\(second)")
            #expect(event["topic"]?.text == "a.c" && event["createdAt"]?.text == created)
            _ = try await server.publish(#"{"topic": "a.child", "dependsOn": "\#(second)"}"#)
            let refused = try await server.post(#"{"topic": "a.c", "hash": "h", "reuse": true}"#)
            #expect(refused.status == 409)
            #expect(refused.detail?.contains("depends on event \(second)") == true)
            let batch = try await server.post(#"{"topic": "a.c", "hash": "h", "reuse": true}"#, type: .ndjson)
            #expect(batch["results"]?.items.first?["status"]?.number == "409")
        }
    }

    @Test func `an event with a hash changes as any other`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "a.b", "hash": "h", "finished": false}"#)
            let path = "/api/events/\(id)"
            #expect(try await server.send(.patch, path, #"{"progress": 40}"#).status == 204)
            #expect(try await server.get(path + "?fields=progress,status")["progress"]?.number == "40")
            #expect(try await server.send(.patch, path, #"{"status": "failed", "description": "x"}"#).status == 204)
            let event = try await server.get(path)
            #expect(
                event["status"]?.text == "failed" && event["description"]?.text == "x" && event["hash"]?.text == "h")
            #expect(try await server.get(path + "/history")["history"]?.items.count == 2)
        }
    }

    @Test func `a hash is neither empty nor too long`() async throws {
        try await TestServer.run { server in
            for hash in ["", String(repeating: "h", count: 513)] {
                let answer = try await server.post(#"{"topic": "a.b", "hash": "\#(hash)"}"#)
                #expect(answer.status == 400)
                #expect(answer["errors"]?.items.first?["loc"]?.items.last?.text == "hash")
            }
            #expect(try await server.get("/api/events")["events"]?.items.isEmpty == true)
        }
    }

    // MARK: - Idempotency keys

    @Test func `a request with an idempotency key does its work once`() async throws {
        try await TestServer.run { server in
            let headers: HTTPFields = [.idempotencyKey: "k-1", .sender: "ann"]
            let body = #"{"topic": "a.b", "description": "once"}"#
            let first = try await server.post(body, headers: headers)
            let again = try await server.post(body, headers: headers)
            #expect(first.status == 200 && again.status == 200)
            #expect(first["id"]?.text == again["id"]?.text)
            #expect(first.headers[.daybookPosition] == again.headers[.daybookPosition])
            let other = try await server.post(#"{"topic": "a.b", "description": "else"}"#, headers: headers)
            #expect(other.status == 422)
            #expect(other["id"]?.text == first["id"]?.text)
            // Callers do not share keys.
            let bob = try await server.post(body, headers: [.idempotencyKey: "k-1", .sender: "bob"])
            #expect(bob.status == 200 && bob["id"]?.text != first["id"]?.text)
            #expect(try await server.get("/api/events")["events"]?.items.count == 2)
            // Such an event has no hash of its own.
            let id = try #require(first["id"]?.text)
            #expect(try await server.get("/api/events/\(id)")["hash"]?.text == id)
            #expect(try await server.send(.patch, "/api/events/\(id)", #"{"user": "x"}"#).status == 204)
        }
    }

    @Test func `an idempotency key and a hash go together`() async throws {
        try await TestServer.run { server in
            let headers: HTTPFields = [.idempotencyKey: "k"]
            let body = #"{"topic": "a.b", "hash": "h"}"#
            let first = try await server.post(body, headers: headers)
            #expect(try await server.post(body, headers: headers)["id"]?.text == first["id"]?.text)
            #expect(try await server.post(body).status == 409)
            #expect(try await server.post(#"{"topic": "a.c", "hash": "h"}"#, headers: headers).status == 422)
        }
    }

    /// Whatever the bodies say, nothing is acknowledged that is not there.
    @Test func `a key that was used stays used, whatever hash comes with it`() async throws {
        try await TestServer.run { server in
            let headers: HTTPFields = [.idempotencyKey: "k"]
            let first = try await server.post(#"{"topic": "a.b", "hash": "h1"}"#, headers: headers)
            for other in [
                #"{"topic": "a.b", "hash": "h2"}"#, #"{"topic": "a.b"}"#, #"{"topic": "a.c", "hash": "h1"}"#,
            ] {
                let answer = try await server.post(other, headers: headers)
                #expect(answer.status == 422 && answer["id"]?.text == first["id"]?.text, "\(other)")
            }
            // The other hash is free still.
            _ = try await server.publish(#"{"topic": "a.b", "hash": "h2"}"#)
            #expect(try await server.get("/api/events")["events"]?.items.count == 2)
            // A hash that another event has is taken, key or not, however often it is asked.
            for _ in 0..<2 {
                let taken = try await server.post(
                    #"{"topic": "a.b", "hash": "h1"}"#, headers: [.idempotencyKey: "other"])
                #expect(taken.status == 409 && taken["duplicateOf"]?.text == first["id"]?.text)
            }
        }
    }

    @Test func `a CloudEvent under a key that was used for another one is refused`() async throws {
        try await TestServer.run { server in
            func post(_ id: String) async throws -> Answer {
                try await server.post(
                    #"{"specversion": "1.0", "id": "\#(id)", "source": "/s", "type": "a.b"}"#, type: .cloudEvent,
                    headers: [.idempotencyKey: "k"])
            }
            let first = try await post("1")
            #expect(try await post("1")["id"]?.text == first["id"]?.text)
            #expect(try await post("2").status == 422)
        }
    }

    @Test(arguments: [#""store": false"#, #""hash": "h", "reuse": true"#])
    func `an idempotency key for what is not created is refused`(_ member: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post(#"{"topic": "a.b", \#(member)}"#, headers: [.idempotencyKey: "k"])
            #expect(answer.status == 400)
            #expect(answer.detail?.contains("is for events that are stored") == true)
        }
    }

    @Test func `an idempotency key that cannot be is refused`() async throws {
        try await TestServer.run { server in
            let long = String(repeating: "k", count: 256)
            let body = #"{"topic": "a.b"}"#
            #expect(try await server.post(body, headers: [.idempotencyKey: long]).status == 400)
            #expect(try await server.post(body, headers: [.idempotencyKey: ""]).status == 400)
            let batch = try await server.post(body, type: .ndjson, headers: [.idempotencyKey: "k"])
            #expect(batch.status == 400)
            #expect(batch.detail?.contains("is for single events") == true)
            #expect(try await server.get("/api/events")["events"]?.items.isEmpty == true)
        }
    }

    @Test func `what needs more hashes than there may be gets 507, and the rest goes on`() async throws {
        try await TestServer.run(maximumHashes: 1) { server in
            _ = try await server.publish(#"{"topic": "a.b", "hash": "one"}"#)
            let full = try await server.post(#"{"topic": "a.b", "hash": "two"}"#)
            #expect(full.status == 507)
            #expect(full.detail?.contains("--maximum-hashes") == true)
            _ = try await server.publish(#"{"topic": "a.b"}"#)
        }
    }
}
