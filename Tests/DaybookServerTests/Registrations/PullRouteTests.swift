import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// Pulling, acknowledging, giving back and holding deliveries.
struct PullRouteTests {
    private static let work = #""name": "work", "delivery": "pull", "on": ["created", "changed", "deleted"]"#

    @Test func `a delivery carries the whole event, and its change`() async throws {
        try await TestServer.run { server in
            try await server.register(Self.work)
            let id = try await server.publish(#"{"topic": "a.b", "payload": {"n": 1.50}, "finished": false}"#)
            let created = try await server.pull("work", 1)
            #expect(created[0]["operation"]?.text == "created" && created[0]["attempt"]?.number == "1")
            #expect(created[0]["event"]?["id"]?.text == id)
            #expect(created[0]["event"]?["payload"]?["n"]?.number == "1.50")
            #expect(created[0]["position"]?.text?.hasPrefix("daybook.a:") == true)
            #expect(created[0]["logTime"]?.text?.isEmpty == false)
            _ = try await server.act("work", "ack", created.tokens())
            #expect(try await server.send(.patch, "/api/events/\(id)", #"{"status": "failed"}"#).status == 204)
            let changed = try await server.pull("work", 1)
            #expect(
                changed[0]["operation"]?.text == "changed" && changed[0]["changes"]?.items.map(\.text) == ["status"])
            #expect(changed[0]["event"]?["status"]?.text == "failed" && changed[0]["event"]?["topic"]?.text == "a.b")
        }
    }

    @Test func `what is acknowledged does not come again, and what came too late is told`() async throws {
        try await TestServer.run { server in
            try await server.register(Self.work)
            for number in 0..<20 { _ = try await server.publish(#"{"topic": "a.b", "description": "\#(number)"}"#) }
            let deliveries = try await server.pull("work", 20)
            #expect(Set(deliveries.map(\.token)).count == 20)
            #expect(Set(deliveries.map(\.eventText)).count == 20)
            let first = try await server.act("work", "ack", deliveries.tokens())
            #expect(first.status == 200 && first["expired"]?.items == [])
            let second = try await server.act("work", "ack", deliveries.tokens())
            #expect(second.status == 200 && second["expired"]?.items.count == 20)
            #expect(try await server.act("work", "ack", #"{"tokens": ["none", ""]}"#)["expired"]?.items.count == 2)
            let shown = try await server.whenRegistration("work") { $0["lag"]?["records"]?.number == "0" }
            #expect(shown["member"]?["delivered"]?.number == "20")
            #expect(try await server.act("work", "pull")["deliveries"]?.items == [])
        }
    }

    @Test func `what is given back comes again, and what cannot be done is a dead letter`() async throws {
        try await TestServer.run { server in
            try await server.register(
                Self.work + #", "policy": {"initialDelaySeconds": 0.01, "settleWithinSeconds": 60}"#)
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            let first = try await server.pull("work", 1)
            let given = try await server.act("work", "nack", first.tokens(#""reason": "no paper""#))
            #expect(given.status == 200 && given["expired"]?.items == [])
            let second = try await server.pull("work", 1)
            #expect(second[0]["attempt"]?.number == "2" && second[0]["position"] == first[0]["position"])
            let refused = try await server.act(
                "work", "nack", second.tokens(#""reason": "no such printer", "permanent": true"#))
            #expect(refused["expired"]?.items == [])
            _ = try await server.whenRegistration("work") { $0["deadLetters"]?.number == "1" }
        }
    }

    @Test func `a lease ends, unless it is extended`() async throws {
        try await TestServer.run { server in
            try await server.register(
                Self.work + #", "policy": {"initialDelaySeconds": 0.01, "settleWithinSeconds": 60}"#)
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            let first = try await server.pull("work", 1, lease: 2)
            let extended = try await server.act("work", "extend", first.tokens(#""leaseSeconds": 60"#))
            #expect(extended.status == 200 && extended["expired"]?.items == [])
            #expect(try await server.act("work", "pull", #"{"waitSeconds": 2.2}"#)["deliveries"]?.items == [])
            #expect(try await server.act("work", "extend", first.tokens(#""leaseSeconds": 0.1"#)).status == 200)
            let second = try await server.pull("work", 1)
            #expect(second[0]["attempt"]?.number == "2" && second[0].token != first[0].token)
            #expect(try await server.act("work", "ack", first.tokens())["expired"]?.items.count == 1)
            #expect(try await server.act("work", "extend", first.tokens())["expired"]?.items.count == 1)
            #expect(try await server.act("work", "ack", second.tokens())["expired"]?.items == [])
        }
    }

    @Test func `a pull waits for what comes, also from a stream that is made meanwhile`() async throws {
        try await TestServer.run { server in
            try await server.register(Self.work)
            for topic in ["a.b", "c.d"] {
                async let pulled = server.pull("work", 1)
                try await Task.sleep(for: .milliseconds(100))
                _ = try await server.publish(#"{"topic": "\#(topic)"}"#)
                let deliveries = try await pulled
                #expect(deliveries[0]["event"]?["topic"]?.text == topic)
                _ = try await server.act("work", "ack", deliveries.tokens())
            }
        }
    }

    @Test(arguments: [
        ("pull", #"{"max": 0}"#), ("pull", #"{"max": 1001}"#), ("pull", #"{"max": 1.5}"#), ("pull", #"{"max": "1"}"#),
        ("pull", #"{"waitSeconds": -1}"#), ("pull", #"{"waitSeconds": 1e300}"#), ("pull", #"{"leaseSeconds": 0}"#),
        ("pull", #"{"leaseSeconds": 1e9}"#), ("pull", #"{"maximum": 1}"#), ("pull", "[]"), ("pull", "x"),
        ("ack", "{}"), ("ack", #"{"tokens": "x"}"#), ("ack", #"{"tokens": [1]}"#), ("ack", #"{"tokens": [], "x": 1}"#),
        ("nack", "{}"), ("nack", #"{"tokens": [], "reason": 1}"#), ("nack", #"{"tokens": [], "permanent": "yes"}"#),
        ("nack", #"{"tokens": [], "retryAfterSeconds": 1, "permanent": true}"#),
        ("nack", #"{"tokens": [], "retryAfterSeconds": 1e9}"#), ("extend", "{}"),
        ("extend", #"{"tokens": [], "leaseSeconds": -1}"#),
    ])
    func `bad bodies are refused`(action: String, body: String) async throws {
        try await TestServer.run { server in
            try await server.register(Self.work)
            let answer = try await server.act("work", action, body)
            #expect(answer.status == 400 && answer["errors"]?.items.isEmpty == false, "\(answer)")
        }
    }

    @Test func `too many tokens are refused, and so is another content type`() async throws {
        try await TestServer.run { server in
            try await server.register(Self.work)
            let tokens = Array(repeating: #""x""#, count: 1001).joined(separator: ",")
            #expect(try await server.act("work", "ack", "{\"tokens\": [\(tokens)]}").status == 400)
            let answer = try await server.send(
                .post, "/api/registrations/work/pull", "{}", headers: [.contentType: "text/plain"])
            #expect(answer.status == 415)
        }
    }

    @Test func `only what is made for it can be pulled from`() async throws {
        try await TestServer.run { server in
            try await server.register(#""name": "own", "delivery": "process""#)
            let answer = try await server.act("own", "pull")
            #expect(answer.status == 409 && answer.detail?.contains("way of delivery: process") == true)
        }
    }
}
