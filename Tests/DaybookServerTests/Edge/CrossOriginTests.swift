import DaybookIndex
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import DaybookServer

/// What browsers are told.
struct CrossOriginTests {
    private static let page = "https://example.org"

    private static func options(_ origins: [String]) -> ServerOptions {
        var options = ServerOptions()
        options.corsOrigins = origins
        return options
    }

    @Test func `without allowed origins nothing is said of them`() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/livez", headers: [.origin: Self.page])
            #expect(answer.status == 200)
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
            #expect(answer.headers[.vary] == nil)
            let preflight = try await server.send(
                .options, "/api/events", headers: [.origin: Self.page, .accessControlRequestMethod: "POST"])
            #expect(preflight.status == 405)
            #expect(preflight.headers[.accessControlAllowOrigin] == nil)
        }
    }

    @Test(arguments: ["/api/events", "/api/events/0123", "/graphql", "/metrics", "/api/registrations/a/pull", "/none"])
    func `a preflight is answered on every route`(path: String) async throws {
        try await TestServer.run(options: Self.options([Self.page])) { server in
            let answer = try await server.send(
                .options, path,
                headers: [
                    .origin: Self.page, .accessControlRequestMethod: "PATCH", .accessControlRequestHeaders: "x-api-key",
                ])
            #expect(answer.status == 204)
            #expect(answer.headers[.accessControlAllowOrigin] == Self.page)
            #expect(answer.headers[.accessControlAllowMethods]?.contains("PATCH") == true)
            let headers = answer.headers[.accessControlAllowHeaders]?.lowercased() ?? ""
            for name in ["x-api-key", "authorization", "content-type", "idempotency-key", "last-event-id", "x-sender"] {
                #expect(headers.contains(name))
            }
            #expect(answer.headers[.vary]?.contains("Origin") == true)
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
        }
    }

    @Test func `answers and refusals can be read by allowed pages, and by no others`() async throws {
        try await TestServer.run(options: Self.options([Self.page])) { server in
            for (path, status) in [("/api/events", 200), ("/none", 404), ("/api/events?limit=x", 400)] {
                let answer = try await server.get(path, headers: [.origin: Self.page])
                #expect(answer.status == status)
                #expect(answer.headers[.accessControlAllowOrigin] == Self.page)
                let exposed = answer.headers[.accessControlExposeHeaders] ?? ""
                for name in ["Link", "Location", "Retry-After", "Daybook-Position", "X-Request-ID"] {
                    #expect(exposed.contains(name))
                }
                #expect(answer.headers[.vary] == "Origin")
                let other = try await server.get(path, headers: [.origin: "https://evil.example"])
                #expect(other.status == status)
                #expect(other.headers[.accessControlAllowOrigin] == nil)
                #expect(other.headers[.vary] == "Origin")
            }
        }
    }

    @Test func `pages of others publish nothing`() async throws {
        try await TestServer.run(options: Self.options([Self.page])) { server in
            let event = #"{"topic": "a.b"}"#
            let refused = try await server.post(event, headers: [.origin: "https://evil.example"])
            #expect(refused.status == 403)
            #expect(refused.detail?.contains("--cors-origin") == true)
            let events = try server.node.parts().index.statistics.events
            #expect(events == 0)
            #expect(try await server.post(event, headers: [.origin: Self.page]).status == 200)
        }
    }

    @Test func `pages of others open no WebSocket, allowed ones do`() async throws {
        try await TestServer.run(.live, options: Self.options([Self.page])) { server in
            for (origin, status) in [("https://evil.example", "403 Forbidden"), (Self.page, "101 Switching Protocols")]
            {
                try await RawConnection.with(port: #require(server.client.port)) { connection in
                    try await connection.send(
                        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                            + "Origin: \(origin)\r\n\r\n")
                    #expect(try await connection.readLine { _ in true } == "HTTP/1.1 \(status)\r")
                }
            }
        }
    }

    @Test func `a name made to stand for this machine reaches nothing`() async throws {
        try await TestServer.run(.live) { server in
            try await RawConnection.with(port: #require(server.client.port)) { connection in
                try await connection.send("GET /api/events HTTP/1.1\r\nHost: evil.example:8080\r\n\r\n")
                #expect(try await connection.readLine { _ in true } == "HTTP/1.1 403 Forbidden\r")
            }
        }
    }
}
