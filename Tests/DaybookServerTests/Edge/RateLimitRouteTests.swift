import Daybook
import DaybookTesting
import HTTPTypes
import HummingbirdTesting
import Logging
import LosslessJSON
import Testing

@testable import DaybookServer

/// How often one may ask.
struct RateLimitRouteTests {
    /// A limit that gives nothing back while a test runs.
    private static func options(burst: Int) -> ServerOptions {
        var options = ServerOptions()
        options.rateLimit = 0.01
        options.rateBurst = burst
        return options
    }

    @Test func `more requests of a key than there may be are 429, those of others are answered`() async throws {
        try await TestServer.run(options: Self.options(burst: 3)) { server in
            let one = try await server.key("one", .service)
            let other = try await server.key("other", .service)
            for _ in 1...3 { #expect(try await server.get("/api/events", headers: .key(one)).status == 200) }
            let refused = try await server.post(#"{"topic": "a.b"}"#, headers: .key(one))
            #expect(refused.status == 429)
            #expect(refused.headers[.retryAfter].flatMap { Int($0) } ?? 0 > 50)
            #expect(refused.headers[.contentType] == "application/problem+json")
            #expect(refused["code"]?.number == "429")
            #expect(try await server.get("/api/events", headers: .key(other))["events"]?.items.count == 0)
            // What tells whether it lives is not counted, nor is what is not known.
            for _ in 1...9 { #expect(try await server.get("/livez").status == 200) }
            #expect(try await server.get("/api/events").status == 401)
        }
    }

    @Test func `a batch is one request`() async throws {
        try await TestServer.run(options: Self.options(burst: 1)) { server in
            let lines = (1...50).map { _ in #"{"topic": "a.b"}"# }.joined(separator: "\n")
            let first = try await server.post(lines, type: .ndjson)
            #expect(first.status == 200)
            let second = try await server.post(lines, type: .ndjson)
            #expect(second.status == 429)
        }
    }

    @Test func `auth messages of a WebSocket count`() async throws {
        try await TestServer.run(.live, options: Self.options(burst: 2)) { server in
            try await LiveSocket.with(port: server.client.port, auth: #""token": """#) { socket in
                try await socket.auth(#""token": """#)
                try await socket.send(#"{"topic": "auth", "token": ""}"#)
                let closing = try await socket.closing()
                #expect(closing.code == 1008)
                #expect(closing.reason.contains("--rate-limit"))
            }
        }
    }

    @Test func `a WebSocket ends with its fifth auth message that is refused`() async throws {
        var options = ServerOptions()
        options.authTimeout = .seconds(30)
        try await TestServer.run(.live, options: options) { server in
            try await server.key("one", .service)
            try await LiveSocket.with(port: server.client.port) { socket in
                for _ in 1...5 {
                    try await socket.send(#"{"topic": "auth", "token": "wrong"}"#)
                    // Only the last of several that are looked at at once counts.
                    try await Task.sleep(for: .milliseconds(50))
                }
                let closing = try await socket.closing()
                #expect(closing.code == 1008)
                #expect(closing.reason.contains("auth messages"))
            }
        }
    }

    @Test func `many keys that do not count are 429, and one that does is answered`() async throws {
        let lines = RecordedLines()
        try await TestServer.run(.live, logger: Logger(label: "test") { _ in lines }) { server in
            let key = try await server.key("one", .service)
            var statuses: [Int: Int] = [:]
            var number = 0
            // Two a second are told; a busy machine may take longer over some of them.
            while statuses[429, default: 0] < 20 {
                number += 1
                let answer = try await server.get("/api/events", headers: .key("dbk_wrong\(number)"))
                statuses[answer.status, default: 0] += 1
                #expect(answer.status == 429 || answer.status == 401)
                try #require(number < 3_000, "\(statuses)")
            }
            #expect(statuses[401, default: 0] >= 100)
            #expect(try await server.get("/api/events", headers: .key(key)).status == 200)
            #expect(try await server.get("/api/events").status == 401, "who has none does not try any")
        }
        #expect(lines.lines.value.filter { $0.contains("no more of them are written down") }.count == 1)
        #expect(!lines.lines.value.contains { $0.contains("dbk_wrong") })
    }
}

/// A server that others can reach.
struct ReachableServerTests {
    private static func options(isInsecure: Bool = false) -> ServerOptions {
        var options = ServerOptions()
        options.host = "0.0.0.0"
        options.isInsecure = isInsecure
        return options
    }

    @Test func `without its last key it refuses everybody`() async throws {
        try await TestServer.run(options: Self.options()) { server in
            let key = try await server.key("one", .admin)
            #expect(try await server.get("/api/events", headers: .key(key)).status == 200)
            try await server.revoke("one")
            #expect(try await server.get("/api/events").status == 401)
            #expect(try await server.get("/api/events", headers: .key(key)).status == 401)
            #expect(try await server.post(#"{"topic": "a.b"}"#).status == 401)
        }
    }

    @Test func `where that was said it is open then`() async throws {
        try await TestServer.run(options: Self.options(isInsecure: true)) { server in
            #expect(try await server.post(#"{"topic": "a.b"}"#).status == 200)
            try await server.key("one", .admin)
            #expect(try await server.get("/api/events").status == 401)
            try await server.revoke("one")
            #expect(try await server.get("/api/events").status == 200)
        }
    }
}
