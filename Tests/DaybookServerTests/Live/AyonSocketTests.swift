import Daybook
import DaybookIndex
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

/// `/ws` as AYON's client uses it.
struct AyonSocketTests {
    @Test func `a creation and an update are told as AYON tells them`() async throws {
        try await TestServer.run(.live) { server in
            try await LiveSocket.with(port: server.client.port, auth: #""token": "x", "subscribe": ["*"]"#) { socket in
                let id = try await server.publish(
                    #"{"topic": "job.run", "hash": "h", "sender": "me", "project": "p", "description": "D", "#
                        + #""summary": {"n": 1.50}, "payload": {"secret": 1}, "finished": false}"#,
                    headers: [.senderType: "worker"])
                let text = try await socket.nextText()
                let created = try JSONValue(Array(text.utf8))
                #expect(
                    created.keys == [
                        "createdAt", "dependsOn", "description", "id", "progress", "project", "sender", "senderType",
                        "status", "store", "summary", "topic", "updatedAt", "user",
                    ])
                #expect(text.contains(#""progress":0,"project":"p","sender":"me","senderType":"worker""#))
                #expect(text.contains(#""status":"pending","store":true,"summary":{"n":1.50},"topic":"job.run""#))
                #expect(created["id"]?.text == id && created["dependsOn"] == .null)

                _ = try await server.send(
                    .patch, "/api/events/\(id)", #"{"status": "in_progress"}"#, headers: [.senderType: "worker"])
                let updated = try await socket.next()
                #expect(updated.keys == created.keys.filter { $0 != "progress" && $0 != "store" })
                #expect(updated["status"]?.text == "in_progress" && updated["description"]?.text == "D")
                #expect(updated["createdAt"] == created["createdAt"] && updated["summary"] == created["summary"])

                // A tick of progress is a signal, and is told all the same.
                _ = try await server.send(.patch, "/api/events/\(id)", #"{"progress": 42.5}"#)
                let tick = try await socket.next()
                #expect(tick["progress"]?.number == "42.5" && tick["status"]?.text == "in_progress")
                #expect(tick["store"] == nil && tick["id"]?.text == id)

                // Of a deletion nothing is told.
                _ = try await server.send(.delete, "/api/events/\(id)")
                _ = try await server.publish(#"{"topic": "after.it"}"#)
                #expect(try await socket.next()["topic"]?.text == "after.it")
            }
        }
    }

    @Test func `fire and forget is told and not stored`() async throws {
        try await TestServer.run(.live) { server in
            try await LiveSocket.with(port: server.client.port, auth: #""token": "x", "subscribe": ["a"]"#) { socket in
                let id = try await server.publish(#"{"topic": "a.b", "store": false}"#)
                let message = try await socket.next()
                #expect(message["id"]?.text == id && message["store"] == .bool(false))
                #expect(message["progress"]?.number == "100")
                #expect(try await server.get("/api/events/\(id)").status == 404)
            }
        }
    }

    @Test(arguments: [
        (#""subscribe": ["entity."]"#, ["entity.folder.created"]),
        (#""subscribe": ["entity.folder", "job"]"#, ["entity.folder.created", "job"]),
        (#""subscribe": ["entity.*"]"#, []),
        (#""subscribe": ["*"]"#, ["entity.folder.created", "job", "other"]),
        (#""subscribe": []"#, []),
        (#""token": null"#, []),
    ])
    func `prefixes say what one is told`(_ auth: String, _ topics: [String]) async throws {
        try await TestServer.run(.live) { server in
            try await LiveSocket.with(port: server.client.port, auth: auth) { socket in
                for topic in ["entity.folder.created", "job", "server.started", "other", "server.restart_requested"] {
                    _ = try await server.publish(#"{"topic": "\#(topic)"}"#)
                }
                // Two of them everybody gets. Between streams there is no order.
                var told: Set<String> = []
                while told.count < topics.count + 2 {
                    told.insert(try #require(try await socket.next()["topic"]?.text))
                }
                #expect(told == Set(topics + ["server.started", "server.restart_requested"]))
            }
        }
    }

    @Test func `a project hides those of others, and a repeated auth takes its place`() async throws {
        try await TestServer.run(.live) { server in
            try await LiveSocket.with(port: server.client.port, auth: #""subscribe": ["*"], "project": "p""#) {
                socket in
                func publish() async throws {
                    for project in [#""p""#, #""q""#, "null"] {
                        _ = try await server.publish(#"{"topic": "a.b", "project": \#(project)}"#)
                    }
                    _ = try await server.publish(#"{"topic": "inbox.message", "project": "q"}"#)
                }
                func told(_ count: Int) async throws -> Set<String> {
                    var told: Set<String> = []
                    for _ in 0..<count {
                        let message = try await socket.next()
                        told.insert("\(message["topic"]?.text ?? "") \(message["project"]?.text ?? "-")")
                    }
                    return told
                }
                try await publish()
                #expect(try await told(3) == ["a.b p", "a.b -", "inbox.message q"])
                try await socket.auth(#""subscribe": ["a"], "project": "q""#)
                try await publish()
                #expect(try await told(2) == ["a.b q", "a.b -"])
            }
        }
    }

    @Test func `recipients alone are told, and nobody is told who they are`() async throws {
        try await TestServer.run(.live) { server in
            let port = server.client.port
            try await LiveSocket.with(port: port, auth: #""subscribe": ["*"], "user": "ann""#) { ann in
                try await LiveSocket.with(port: port, auth: #""subscribe": ["*"], "user": "bob""#) { bob in
                    let id = try await server.publish(
                        #"{"topic": "inbox.message", "store": false, "recipients": ["ann", "cy"]}"#)
                    _ = try await server.publish(#"{"topic": "for.all", "store": false}"#)
                    var told: [String: String] = [:]
                    for _ in 0..<2 {
                        let text = try await ann.nextText()
                        told[try #require(try JSONValue(Array(text.utf8))["topic"]?.text)] = text
                    }
                    #expect(told["inbox.message"]?.contains(id) == true)
                    #expect(told["inbox.message"]?.contains("cy") == false)
                    #expect(try await bob.next()["topic"]?.text == "for.all")
                }
            }
        }
    }

    @Test func `progress that comes too late is not told`() async throws {
        try await TestServer.run(.live) { server in
            let id = try #require(EventID(try await server.publish(#"{"topic": "job", "finished": false}"#)))
            let parts = try server.node.parts()
            let old = try #require(parts.index.event(id)).reference
            try await LiveSocket.with(port: server.client.port, auth: #""subscribe": ["*"]"#) { socket in
                _ = try await server.send(.patch, "/api/events/\(id)", #"{"status": "finished"}"#)
                #expect(try await socket.next()["status"]?.text == "finished")
                // Its writer did not know that the job is over.
                _ = try await parts.publisher.change(old, EventChange(progress: 50))
                let now = try #require(parts.index.event(id)).reference
                _ = try await parts.publisher.change(now, EventChange(progress: 99))
                #expect(try await socket.next()["progress"]?.number == "99")
            }
        }
    }

    @Test func `who is told nothing hears a heartbeat`() async throws {
        var options = ServerOptions()
        options.heartbeatInterval = .milliseconds(10)
        try await TestServer.run(.live, options: options) { server in
            try await LiveSocket.with(port: server.client.port, auth: #""subscribe": []"#) { socket in
                for _ in 0..<2 {
                    let text = try await socket.nextText()
                    #expect(text == #"{"topic":"heartbeat"}"#)
                }
            }
        }
    }

    @Test func `who does not say what it wants is closed`() async throws {
        var options = ServerOptions()
        options.authTimeout = .milliseconds(50)
        try await TestServer.run(.live, options: options) { server in
            try await LiveSocket.with(port: server.client.port) { socket in
                // What is no auth message is passed over.
                try await socket.send("no JSON")
                try await socket.send(#"{"topic": "entity.folder.created"}"#)
                let closed = try await socket.closing()
                #expect(closed.code == 1000 && closed.reason.hasPrefix("no auth message came"))
            }
        }
    }

    @Test(arguments: [
        (#""subscribe": "entity""#, 1008, "subscribe must be a list of strings"),
        (#""token": 1"#, 1008, "token must be a string"),
        (#""from": "yesterday""#, 1008, "from must be earliest"),
        (#""from": "daybook.nowhere:0@7""#, 1008, "from: there is no partition daybook.nowhere:0"),
        (#""from": "daybook.a:0@7777""#, 1008, "from: position daybook.a:0:7777 is not stored"),
        (#""from": "daybook.a:0:7777""#, 1008, "from: there is no record at daybook.a:0:7777"),
    ])
    func `what cannot be used is told`(_ auth: String, _ code: Int, _ reason: String) async throws {
        try await TestServer.run(.live) { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            try await LiveSocket.with(port: server.client.port) { socket in
                try await socket.send(#"{"topic": "auth", \#(auth)}"#)
                let closed = try await socket.closing()
                #expect(closed.code == code)
                #expect(closed.reason.hasPrefix(reason), "\(closed)")
            }
        }
    }

    @Test func `binary messages are refused`() async throws {
        try await TestServer.run(.live) { server in
            try await LiveSocket.with(port: server.client.port) { socket in
                try await socket.send("{}", opcode: 2)
                let closed = try await socket.closing()
                #expect(closed.code == 1003)
            }
        }
    }

    @Test func `a request that opens no WebSocket is told why`() async throws {
        try await TestServer.run(.live) { server in
            let plain = try await server.get("/ws")
            #expect(plain.status == 426 && plain.headers[.upgrade] == "websocket")
            #expect(plain.detail?.contains("Upgrade: websocket") == true)
            #expect(try await server.send(.post, "/ws", "{}").status == 405)
            let port = try #require(server.client.port)
            try await RawConnection.with(port: port) { connection in
                try await connection.send(
                    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\n")
                // What follows a request for an upgrade is not read, so the connection ends with the answer.
                let answer = try await connection.readAll()
                #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("Connection: close"))
                #expect(answer.contains("Sec-WebSocket-Key must be 16 bytes"))
            }
        }
    }
}
