import Daybook
import DaybookTesting
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

/// A key that is revoked, or has expired, is dead within a second, on every open connection.
struct RevocationTests {
    private static let limit = Duration.seconds(1)

    /// What is open under a key, until its end.
    private typealias Work =
        @Sendable (TestServer, _ key: String, _ isOpen: @escaping @Sendable () -> Void) async throws -> Void

    /// How long it takes from a revocation until a connection's work ends. Tried again when it was too long: a machine that is
    /// busy with other tests may not get to it at once, and what takes too long by itself does so each time.
    private static func time(_ end: @escaping Work) async throws -> Duration {
        let start = ContinuousClock.now
        var least = Duration.seconds(3600)
        while least >= limit, start.duration(to: .now) < .seconds(90) { least = min(least, try await timeOnce(end)) }
        return least
    }

    private static func timeOnce(_ end: @escaping Work) async throws -> Duration {
        let result = Watched<Duration?>(nil)
        try await TestServer.run(.live) { server in
            try await server.key("root", .service)
            let key = try await server.key("ci", .service)
            let isOpen = Watched(false)
            let work = Task {
                try await end(server, key) { isOpen.update { $0 = true } }
                return ContinuousClock.now
            }
            try await withDeadline(what: "the connection") { try await isOpen.when { $0 ? () : nil } }
            let start = ContinuousClock.now
            try await server.revoke("ci")
            let ended = try await withDeadline(what: "the end") { try await work.value }
            result.update { $0 = start.duration(to: ended) }
            #expect(try await server.get("/api/events", headers: .key(key)).status == 401)
        }
        return try #require(result.value)
    }

    @Test func `a WebSocket ends`() async throws {
        let time = try await Self.time { server, key, isOpen in
            try await LiveSocket.with(port: server.client.port, auth: #""token": "\#(key)", "subscribe": ["*"]"#) {
                socket in
                isOpen()
                let closing = try await socket.closing()
                #expect(closing == LiveSocket.Closed(code: 1008, reason: "the API key was revoked"))
            }
        }
        #expect(time < Self.limit)
    }

    @Test func `an event stream ends and says why`() async throws {
        let time = try await Self.time { server, key, isOpen in
            try await RawConnection.with(port: try #require(server.client.port)) { connection in
                try await connection.send("GET /api/stream HTTP/1.1\r\nHost: x\r\nx-api-key: \(key)\r\n\r\n")
                _ = try await connection.readLine { $0.hasPrefix(": ") }
                isOpen()
                #expect(try await connection.readLine { $0.hasPrefix("event: ") } == "event: closed")
                #expect(try await connection.readLine { _ in true } == "data: the API key was revoked")
            }
        }
        #expect(time < Self.limit)
    }

    @Test func `a replay that follows breaks off`() async throws {
        let time = try await Self.time { server, key, isOpen in
            _ = try await server.publish(#"{"topic": "t.a"}"#, headers: .key(key))
            try await RawConnection.with(port: try #require(server.client.port)) { connection in
                try await connection.send(
                    "GET /api/replay?follow=true HTTP/1.1\r\nHost: x\r\nx-api-key: \(key)\r\n\r\n")
                _ = try await connection.readLine { $0.hasPrefix("{\"resume\"") }
                isOpen()
                #expect(try await !connection.readAll().contains("\"end\":true"))
            }
        }
        #expect(time < Self.limit)
    }

    @Test func `who waits for deliveries is refused`() async throws {
        let time = try await Self.time { server, key, isOpen in
            _ = try await server.send(
                .post, "/api/registrations", #"{"name": "mine", "delivery": "pull"}"#, headers: .key(key))
            isOpen()
            let answer = try await server.send(
                .post, "/api/registrations/mine/pull", #"{"waitSeconds": 30}"#, headers: .key(key))
            #expect(answer.status == 401)
        }
        #expect(time < Self.limit)
    }

    @Test func `who waits for a job is refused`() async throws {
        let time = try await Self.time { server, key, isOpen in
            isOpen()
            let answer = try await server.send(
                .post, "/api/enroll", #"{"sourceTopic": "a", "targetTopic": "b.c", "waitSeconds": 30}"#,
                headers: .key(key))
            #expect(answer.status == 401)
        }
        #expect(time < Self.limit)
    }

    @Test func `a WebSocket ends when its key expires`() async throws {
        var options = ServerOptions()
        options.authTimeout = .seconds(30)
        try await TestServer.run(.live, options: options) { server in
            try await server.key("root", .service)
            let expires = Timestamp.now.advanced(by: .seconds(2))
            let key = try await server.key("ci", .service, expires: expires)
            let auth = #""token": "\#(key)", "subscribe": ["*"]"#
            try await LiveSocket.with(port: server.client.port, auth: auth) { socket in
                let closing = try await socket.closing()
                #expect(closing == LiveSocket.Closed(code: 1008, reason: "the API key has expired"))
                #expect(expires <= .now)
            }
        }
    }

    @Test func `who needed no key is sent away when the first one is made`() async throws {
        try await TestServer.run(.live) { server in
            try await LiveSocket.with(port: server.client.port, auth: #""subscribe": ["*"]"#) { socket in
                try await server.key("first", .service)
                let closing = try await socket.closing()
                #expect(closing == LiveSocket.Closed(code: 1008, reason: "an API key is needed now"))
            }
        }
    }

    @Test func `a WebSocket without a key that counts is closed when its time is over`() async throws {
        var options = ServerOptions()
        options.authTimeout = .milliseconds(300)
        try await TestServer.run(.live, options: options) { server in
            try await server.key("ci", .service)
            for token in [#""token": "\#(KeySecret.generate().text)","#, ""] {
                try await LiveSocket.with(port: server.client.port) { socket in
                    try await socket.send(#"{"topic": "auth", \#(token) "subscribe": ["*"]}"#)
                    #expect(try await socket.closing().code == 1000)
                }
            }
        }
    }

    @Test func `an auth message that is refused later changes nothing`() async throws {
        var options = ServerOptions()
        options.authTimeout = .seconds(30)
        try await TestServer.run(.live, options: options) { server in
            let key = try await server.key("ci", .service)
            let auth = #""token": "\#(key)", "subscribe": ["*"]"#
            try await LiveSocket.with(port: server.client.port, auth: auth) { socket in
                let unknown = KeySecret.generate().text
                try await socket.send(#"{"topic": "auth", "token": "\#(unknown)", "subscribe": []}"#)
                _ = try await server.publish(#"{"topic": "t.a"}"#, headers: .key(key))
                #expect(try await socket.next()["topic"]?.text == "t.a")
            }
        }
    }
}
