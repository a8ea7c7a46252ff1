import Daybook
import DaybookIndex
import DaybookTesting
import HTTPTypes
import HummingbirdTesting
import Logging
import LosslessJSON
import ServiceLifecycle
import Testing

@testable import DaybookServer

struct StreamRouteTests {
    /// An event of a stream, read by hand.
    struct ServerSentEvent {
        var id: String?
        var name: String?
        var data: JSONValue?
    }

    private static func with(
        _ server: TestServer, _ query: String, headers: String = "",
        _ body: @escaping @Sendable (RawConnection) async throws -> Void
    ) async throws {
        let port = try #require(server.client.port)
        try await RawConnection.with(port: port) { connection in
            try await connection.send("GET /api/stream\(query) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n")
            #expect(try await connection.readLine { _ in true } == "HTTP/1.1 200 OK\r")
            // The first thing that comes is a comment.
            _ = try await connection.readLine { $0.hasPrefix(": ") }
            try await body(connection)
        }
    }

    private static func next(_ connection: RawConnection) async throws -> ServerSentEvent {
        var event = ServerSentEvent()
        while true {
            let line = try await connection.readLine { _ in true }
            if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
            if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
            if line.hasPrefix("data: ") {
                event.data = try? JSONValue(Array(line.dropFirst(6).utf8))
                return event
            }
        }
    }

    @Test func `what happens is told with what a delivery has`() async throws {
        try await TestServer.run(.live) { server in
            try await Self.with(server, "") { connection in
                let id = try await server.publish(
                    #"{"topic": "job", "sender": "me", "finished": false, "payload": {"n": 1}}"#)
                let created = try await Self.next(connection)
                #expect(created.name == "created" && created.data?["event"]?["id"]?.text == id)
                #expect(created.data?["store"] == .bool(true) && created.data?["event"]?["payload"] == nil)
                #expect(created.data?["actor"]?.text == "me")
                _ = try await server.send(.patch, "/api/events/\(id)", #"{"status": "failed"}"#)
                let changed = try await Self.next(connection)
                #expect(changed.name == "changed" && changed.data?["event"]?["status"]?.text == "failed")
                #expect(changed.data?["changes"]?.items.contains(.string("status")) == true)
                _ = try await server.send(.delete, "/api/events/\(id)")
                #expect(try await Self.next(connection).name == "deleted")
            }
        }
    }

    @Test func `topics, a filter, operations and signals narrow it down`() async throws {
        try await TestServer.run(.live) { server in
            let query = "?topic=job.*&filter=status%20%3D%20failed&on=created&on=changed&signals=false"
            try await Self.with(server, query) { connection in
                _ = try await server.publish(#"{"topic": "other.a"}"#)
                let id = try await server.publish(#"{"topic": "job.a", "finished": false}"#)
                _ = try await server.send(.patch, "/api/events/\(id)", #"{"progress": 5}"#)
                _ = try await server.send(.patch, "/api/events/\(id)", #"{"status": "failed"}"#)
                let first = try await Self.next(connection)
                #expect(first.name == "changed" && first.data?["event"]?["id"]?.text == id)
            }
        }
    }

    @Test func `the last id goes on where it was given`() async throws {
        try await TestServer.run(.live) { server in
            for number in 1...3 { _ = try await server.publish(#"{"topic": "a.b", "description": "\#(number)"}"#) }
            let (ids, found) = AsyncStream.makeStream(of: String.self)
            try await Self.with(server, "?from=earliest") { connection in
                for _ in 1...3 { found.yield(try #require(try await Self.next(connection).id)) }
            }
            var iterator = ids.makeAsyncIterator()
            var last = ""
            for _ in 1...3 { last = try #require(await iterator.next()) }
            _ = try await server.publish(#"{"topic": "a.b", "description": "4"}"#)
            // A browser repeats the query with it, which then does not count.
            try await Self.with(server, "?from=earliest", headers: "Last-Event-ID: \(last)\r\n") { connection in
                let event = try await Self.next(connection)
                #expect(event.data?["event"]?["description"]?.text == "4")
            }
        }
    }

    @Test func `it is kept alive, and tells where it is`() async throws {
        var options = ServerOptions()
        options.keepAliveInterval = .milliseconds(10)
        try await TestServer.run(.live, options: options) { server in
            let id = try await server.publish(#"{"topic": "a.b"}"#)
            #expect(!id.isEmpty)
            try await Self.with(server, "?topic=nothing") { connection in
                _ = try await connection.readLine { $0 == ": keep-alive" }
                let line = try await connection.readLine { $0.hasPrefix("id: ") }
                let vector = try #require(PositionVector(String(line.dropFirst(4))))
                #expect(vector.offsets.contains { $0.key.stream == "daybook.a" && $0.value == 1 })
            }
        }
    }

    @Test(arguments: [
        ("?filter=nonsense", "filter"), ("?from=yesterday", "from"), ("?on=moved", "on"), ("?topic=%2F", "topic"),
        ("?signals=perhaps", "signals"), ("?depth=1", "depth"),
    ])
    func `what cannot be used is refused`(_ query: String, _ name: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/api/stream" + query)
            #expect(answer.status == 400)
            #expect(answer["errors"]?.items.first?["loc"]?.items.last?.text == name)
            let last = try await server.get("/api/stream", headers: [.lastEventID: "nonsense"])
            #expect(last.status == 400 && last.detail?.contains("Last-Event-ID") == true)
        }
    }

    @Test func `shutting down ends streams and closes WebSockets`() async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let node = DaybookNode(logger: logger) { MemoryLog(store: MemoryStore { .now }) }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var options = ServerOptions()
        options.port = 0
        let server = DaybookServer(
            node: node, registrations: RegistrationService(node: node), options: options, logger: logger
        ) { port.yield($0) }
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: node), .init(service: server)], logger: logger))
        let running = Task { try await group.run() }
        let number = try #require(await ports.first { _ in true })
        try await node.whenOpen().projector.caughtUp()
        try await LiveSocket.with(port: number, auth: #""subscribe": ["*"]"#) { socket in
            try await RawConnection.with(port: number) { connection in
                try await connection.send("GET /api/stream HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await connection.readLine { $0.hasPrefix(": ") }
                await group.triggerGracefulShutdown()
                // A chunk of no bytes ends the answer as it should.
                #expect(try await connection.readAll().hasSuffix("0\r\n\r\n"))
            }
            #expect(try await socket.closing().code == 1001)
        }
        try await running.value
    }
}
