import Daybook
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

/// AYON's routes as its own client uses them.
struct AyonRouteTests {
    @Test(arguments: [TestingSetup.router, .live])
    func `dispatch answers an id, and the event has AYON's 15 members`(setup: TestingSetup) async throws {
        try await TestServer.run(setup) { server in
            let parent = try await server.publish(#"{"topic": "a.parent"}"#)
            let answer = try await server.post(
                """
                {"topic": "my.topic", "sender": "worker", "hash": null, "project": "demo", "user": "someone",
                 "description": "What happened", "summary": {"n": 1.50}, "payload": {"x": [1, 1e2]}, "finished": false,
                 "store": true, "dependsOn": "\(parent)"}
                """, type: .json, headers: [.senderType: "tool"])
            #expect(answer.status == 200)
            #expect(answer.json?.keys == ["id"])
            let id = try #require(answer["id"]?.text)
            #expect(EventID(id) != nil)
            #expect(answer.headers[.daybookPosition].flatMap { Position($0) } != nil)
            #expect(answer.headers[.daybookApplied] == nil)
            #expect(answer.headers[.requestID] != nil)

            let event = try await server.get("/api/events/\(id)")
            #expect(event.status == 200)
            #expect(
                Set(event.json?.keys ?? []) == [
                    "id", "hash", "topic", "sender", "senderType", "project", "user", "dependsOn", "status", "retries",
                    "description", "summary", "payload", "createdAt", "updatedAt",
                ])
            #expect(event["id"]?.text == id && event["hash"]?.text == id, "without a hash the id stands in its place")
            #expect(event["topic"]?.text == "my.topic" && event["sender"]?.text == "worker")
            #expect(event["senderType"]?.text == "tool" && event["project"]?.text == "demo")
            #expect(event["user"] == .null && event["dependsOn"]?.text == parent)
            #expect(event["status"]?.text == "pending" && event["retries"]?.number == "0")
            #expect(event["description"]?.text == "What happened")
            #expect(event.body.contains(#""summary":{"n":1.50}"#), "numbers stay as written")
            #expect(event.body.contains(#""payload":{"x":[1,1e2]}"#))
            let created = try #require(event["createdAt"]?.text)
            #expect(created.hasSuffix("+00:00") && created.count == 32)
            #expect(event["updatedAt"]?.text == created)
        }
    }

    @Test func `an event without anything has null and empty members`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "bare"}"#)
            let event = try await server.get("/api/events/\(id)")
            for name in ["sender", "project", "user", "dependsOn"] { #expect(event[name] == .null, "\(name)") }
            #expect(event["summary"] == .object([]) && event["payload"] == .object([]))
            #expect(event["description"]?.text == "" && event["senderType"]?.text == "api")
            #expect(event["status"]?.text == "finished")
        }
    }

    @Test func `further members come when they are asked for`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "entity.task.status_changed", "sender": "me"}"#)
            let some = try await server.get("/api/events/\(id)?fields=id,progress&fields=operation,entityType")
            #expect(
                some.body == #"{"id":"\#(id)","progress":100,"entityType":"task","operation":"update"}"#)
            let all = try await server.get("/api/events/\(id)?fields=all")
            #expect(all.json?.keys.count == EventFields.names.count)
            #expect(all["attributeName"]?.text == "status" && all["actor"]?.text == "me")
            #expect(all["severity"]?.text == "informational" && all["contentType"] == .null)
            #expect(all["position"] == all["lastPosition"])
            let unknown = try await server.get("/api/events/\(id)?fields=id,colour")
            #expect(unknown.status == 400 && unknown.detail?.contains("fields: there is no 'colour'") == true)
        }
    }

    @Test func `a patch replaces what it names`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(
                #"{"topic": "job", "sender": "me", "summary": {"a": 1, "b": 2}, "description": "before", "finished": false}"#
            )
            let before = try await server.get("/api/events/\(id)")
            let patch = try await server.send(
                .patch, "/api/events/\(id)",
                """
                {"status": "in_progress", "summary": {"c": 3}, "description": null, "user": "eve", "payload": {"p": 1},
                 "retries": 2, "topic": "other", "dependsOn": "x", "progress": 10}
                """)
            #expect(patch.status == 204 && patch.body == "")
            let event = try await server.get("/api/events/\(id)")
            #expect(event["status"]?.text == "in_progress" && event["user"]?.text == "eve")
            #expect(event.body.contains(#""summary":{"c":3}"#) && event.body.contains(#""payload":{"p":1}"#))
            #expect(event["description"]?.text == "before" && event["topic"]?.text == "job")
            #expect(event["retries"]?.number == "2" && event["sender"]?.text == "me")
            #expect(event["createdAt"] == before["createdAt"] && event["updatedAt"] != before["updatedAt"])
            #expect(try await server.get("/api/events/\(id)?fields=progress").body == #"{"progress":10}"#)
        }
    }

    @Test func `every patch puts the caller's type, and its sender, into the event`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "job", "sender": "me"}"#, headers: [.senderType: "worker"])
            _ = try await server.send(.patch, "/api/events/\(id)", "{}")
            var event = try await server.get("/api/events/\(id)")
            #expect(event["senderType"]?.text == "api" && event["sender"]?.text == "me")
            _ = try await server.send(
                .patch, "/api/events/\(id)", "{}", headers: [.sender: "other", .senderType: "tool"])
            event = try await server.get("/api/events/\(id)?fields=sender,senderType,actor")
            #expect(event["senderType"]?.text == "tool" && event["sender"]?.text == "other")
            #expect(event["actor"]?.text == "other")
        }
    }

    @Test func `a tick of progress is a signal and leaves history alone`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "job", "finished": false}"#, headers: [.senderType: "worker"])
            let tick = try await server.send(.patch, "/api/events/\(id)", #"{"progress": 33.5}"#)
            #expect(tick.status == 204)
            #expect(tick.headers[.daybookPosition]?.hasPrefix("daybook.signals:") == true)
            #expect(
                try await server.get("/api/events/\(id)?fields=progress,senderType").body
                    == #"{"senderType":"worker","progress":33.5}"#)
            #expect(try await server.get("/api/events/\(id)/history")["history"]?.items.count == 1)
        }
    }

    @Test func `finishing sets the progress`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "job", "finished": false}"#)
            _ = try await server.send(.patch, "/api/events/\(id)", #"{"status": "finished"}"#)
            #expect(try await server.get("/api/events/\(id)?fields=progress").body == #"{"progress":100}"#)
        }
    }

    @Test func `an event that is not stored is answered and forgotten`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(#"{"topic": "ping", "store": false}"#)
            #expect(answer.status == 200)
            let id = try #require(answer["id"]?.text)
            #expect(answer.headers[.daybookPosition]?.hasPrefix("daybook.signals:") == true)
            #expect(try await server.get("/api/events/\(id)").status == 404)
        }
    }

    @Test func `deletion answers 204, also when there is nothing`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "gone"}"#)
            #expect(try await server.send(.delete, "/api/events/\(id)").status == 204)
            #expect(try await server.get("/api/events/\(id)").status == 404)
            let again = try await server.send(.delete, "/api/events/\(id)")
            #expect(again.status == 204 && again.body == "")
            #expect(try await server.send(.delete, "/api/events/\(EventID.generate())").status == 204)
        }
    }

    @Test func `an event that others depend on is not deleted`() async throws {
        try await TestServer.run { server in
            let parent = try await server.publish(#"{"topic": "parent"}"#)
            let child = try await server.publish(#"{"topic": "child", "dependsOn": "\#(parent)"}"#)
            let refused = try await server.send(.delete, "/api/events/\(parent)")
            #expect(refused.status == 409 && refused["code"]?.number == "409")
            #expect(try await server.get("/api/events/\(parent)").status == 200)
            _ = try await server.send(.delete, "/api/events/\(child)")
            #expect(try await server.send(.delete, "/api/events/\(parent)").status == 204)
        }
    }

    @Test func `an unknown event is AYON's 404`() async throws {
        try await TestServer.run { server in
            let id = EventID.generate()
            for answer in [
                try await server.get("/api/events/\(id)"), try await server.send(.patch, "/api/events/\(id)", "{}"),
                try await server.get("/api/events/\(id)/history"),
            ] {
                #expect(answer.status == 404)
                #expect(answer["code"]?.number == "404" && answer.detail == "Event not found")
                #expect(answer.headers[.contentType] == "application/problem+json")
            }
        }
    }

    @Test(arguments: ["123", "0123456789ABCDEF0123456789ABCDEF", "01234567-89ab-cdef-0123-456789abcdef"])
    func `an id in another spelling is refused`(id: String) async throws {
        try await TestServer.run { server in
            for method in [HTTPRequest.Method.get, .patch, .delete] {
                let answer = try await server.send(method, "/api/events/\(id)", method == .patch ? "{}" : nil)
                #expect(answer.status == 400)
                #expect(answer["errors"]?.items.first?["loc"] == .array([.string("path"), .string("event_id")]))
            }
        }
    }

    @Test func `HEAD tells what GET would, without the body`() async throws {
        try await TestServer.run(.live) { server in
            let id = try await server.publish(#"{"topic": "a.b"}"#)
            let head = try await server.send(.head, "/api/events/\(id)")
            let get = try await server.get("/api/events/\(id)")
            #expect(head.status == 200 && head.body == "")
            #expect(head.headers[.contentLength] == "\(get.body.utf8.count)")
            #expect(try await server.get("/livez").status == 200, "the connection is in order")
        }
    }

    @Test func `topics are listed with their events`() async throws {
        try await TestServer.run { server in
            for topic in ["b.two", "a.one", "b.two"] { _ = try await server.publish(#"{"topic": "\#(topic)"}"#) }
            #expect(
                try await server.get("/api/topics").body
                    == #"{"topics":[{"topic":"a.one","events":1},{"topic":"b.two","events":2}]}"#)
        }
    }
}
