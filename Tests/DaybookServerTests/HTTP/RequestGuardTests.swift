import Daybook
import DaybookIndex
import DaybookTesting
import HummingbirdTesting
import LosslessJSON
import NIOCore
import Testing

@testable import DaybookServer

/// What a request may take, over real connections.
struct RequestGuardTests {
    private static func options(_ change: (inout ServerOptions) -> Void = { _ in }) -> ServerOptions {
        var options = ServerOptions()
        options.headerTimeout = .milliseconds(150)
        options.requestTimeout = .milliseconds(150)
        change(&options)
        return options
    }

    /// Sends something to a new server and gives all that comes until it closes the connection.
    private static func answer(
        to parts: [String], options: ServerOptions = options(), pause: Duration = .zero
    ) async throws -> String {
        let answer = Answers()
        try await TestServer.run(.live, options: options) { server in
            try await RawConnection.with(port: #require(server.client.port)) { connection in
                for part in parts {
                    try await connection.send(part)
                    try await Task.sleep(for: pause)
                }
                answer.text = try await connection.readAll()
            }
            #expect(try await server.get("/livez").status == 200)
        }
        return answer.text
    }

    /// Unchecked, because the test reads it when the connection is done.
    private final class Answers: @unchecked Sendable {
        var text = ""
    }

    @Test(arguments: ["G", "GET /livez HTTP/1.1\r\n", "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
    func `a head that does not come to its end is 408`(head: String) async throws {
        let answer = try await Self.answer(to: [head])
        #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        #expect(answer.contains("application/problem+json"))
        #expect(answer.contains(#""code":408"#))
    }

    @Test func `a head that drips is not given more time by that`() async throws {
        let start = ContinuousClock.now
        let drops = ["GET /li", "vez HT", "TP/1.1\r\n", "Host: x\r\n"] + (1...30).map { "X-\($0): 1\r\n" }
        let parts = try? await Self.answer(to: drops, pause: .milliseconds(20))
        // Or the connection was closed while it dripped.
        #expect(parts?.hasPrefix("HTTP/1.1 408") ?? true)
        #expect(start.duration(to: .now) < .seconds(60))
    }

    @Test func `a body that does not come to its end is 408, and stores nothing`() async throws {
        let head = "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
        let answer = try await Self.answer(to: [head + #"{"topic": "a.b", "#])
        #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        #expect(answer.lowercased().contains("connection: close"))
        #expect(answer.contains(#""requestId":"#))
    }

    @Test func `a body that drips is not given more time by that`() async throws {
        let head = "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
        let answer = try? await Self.answer(
            to: [head] + Array(repeating: "{", count: 20), options: Self.options { $0.idleTimeout = .seconds(30) },
            pause: .milliseconds(20))
        #expect(answer?.hasPrefix("HTTP/1.1 408") ?? true)
    }

    @Test func `a connection may rest between requests for longer than a head may take`() async throws {
        try await TestServer.run(.live, options: Self.options()) { server in
            try await RawConnection.with(port: #require(server.client.port)) { connection in
                for _ in 1...2 {
                    try await connection.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    #expect(try await connection.readStatus() == "HTTP/1.1 200 OK\r")
                    try await Task.sleep(for: .milliseconds(300))
                }
            }
        }
    }

    @Test func `a request that is answered late is no late request`() async throws {
        try await TestServer.run(.live, options: Self.options()) { server in
            try await RawConnection.with(port: #require(server.client.port)) { connection in
                let body = #"{"sourceTopic": "a.*", "targetTopic": "b", "sender": "s", "waitSeconds": 1}"#
                try await connection.send(
                    "POST /api/enroll HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                #expect(try await connection.readStatus() == "HTTP/1.1 204 No Content\r")
            }
        }
    }

    @Test(arguments: [17 << 10, 40 << 10])
    func `a path and query that are too long are 414`(bytes: Int) async throws {
        let query = String(repeating: "x", count: bytes)
        let answer = try await Self.answer(
            to: ["GET /api/events?text=\(query) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
            options: ServerOptions())
        #expect(answer.hasPrefix("HTTP/1.1 414 URI Too Long\r\n"))
        #expect(answer.contains("16384 bytes at most"))
    }

    @Test(arguments: [
        "X-Long: " + String(repeating: "x", count: 40 << 10) + "\r\n",
        (1...300).map { "X-\($0): 1\r\n" }.joined(),
        (1...150).map { "X-\($0): \(String(repeating: "x", count: 300))\r\n" }.joined(),
    ])
    func `headers that are too many or too large are 431`(headers: String) async throws {
        let answer = try await Self.answer(
            to: ["GET /livez HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n"], options: ServerOptions())
        #expect(answer.hasPrefix("HTTP/1.1 431 Request Header Fields Too Large\r\n"))
        #expect(answer.contains("application/problem+json"))
    }

    @Test func `what is no HTTP is told so`() async throws {
        let answer = try await Self.answer(to: ["\u{16}\u{3}\u{1}\r\n\r\n"], options: ServerOptions())
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.contains("this is no valid HTTP request"))
    }

    @Test func `behind a good request a bad one is cut off, and the good one is answered`() async throws {
        let answer = try await Self.answer(
            to: ["GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGARBAGE\r\n\r\n"], options: ServerOptions())
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(!answer.dropFirst(10).contains("HTTP/1.1 200"))
    }

    @Test func `a client that does not read its answer is cut off`() async throws {
        var options = ServerOptions()
        options.idleTimeout = .milliseconds(300)
        try await TestServer.run(.live, options: options) { server in
            // More than the system takes in for a connection that is not read.
            let summary = try JSONText(#"{"text": "\#(String(repeating: "x", count: 60_000))"}"#)
            let publisher = try server.node.parts().publisher
            for _ in 1...100 { _ = try await publisher.publish(Event(topic: "a.b", summary: summary)) }
            let answer = Answers()
            let port = try #require(server.client.port)
            // The end may come as an error, too.
            try? await RawConnection.with(port: port, receiveBuffer: 4096) { connection in
                try await connection.send("GET /api/replay HTTP/1.1\r\nHost: localhost\r\n\r\n")
                try await Task.sleep(for: .milliseconds(1500))
                answer.text = try await connection.readAll()
            }
            #expect(!answer.text.contains(#""end":"#))
        }
    }
}
