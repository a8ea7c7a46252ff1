import Daybook
import DaybookIndex
import DaybookTesting
import HTTPTypes
import HummingbirdTesting
import Logging
import LosslessJSON
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

@testable import DaybookServer

/// What happens on the connection itself.
struct ConnectionTests {
    @Test func `a client that waits for leave to send its body gets it`() async throws {
        try await TestServer.run(.live) { server in
            try await RawConnection.with(port: #require(server.client.port)) { connection in
                let body = #"{"topic": "a.b"}"#
                try await connection.send(
                    "POST /api/events HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                )
                #expect(try await connection.readLine { _ in true } == "HTTP/1.1 100 Continue\r")
                try await connection.send(body)
                #expect(try await connection.readLine { $0.hasPrefix("HTTP/1.1") } == "HTTP/1.1 200 OK\r")
            }
        }
    }

    @Test(arguments: ["GARBAGE\r\n\r\n", "POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"])
    func `what is no HTTP is refused, and the server goes on`(request: String) async throws {
        try await TestServer.run(.live) { server in
            try await RawConnection.with(port: #require(server.client.port)) { connection in
                try await connection.send(request)
                let answer = try await connection.readAll()
                #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request"))
                let problem = try JSONValue(answer.utf8.drop { $0 != UInt8(ascii: "{") })
                #expect(problem["status"]?.number == "400")
            }
            #expect(try await server.get("/livez").status == 200)
        }
    }

    @Test func `a body that stops in the middle ends with its connection, and stores nothing`() async throws {
        var options = ServerOptions()
        options.idleTimeout = .milliseconds(100)
        try await TestServer.run(.live, options: options) { server in
            do {
                try await RawConnection.with(port: #require(server.client.port)) { connection in
                    try await connection.send(
                        "POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"topic\":")
                    _ = try await connection.readAll()
                }
            } catch is ChannelError {
                // It ended even before this side was done.
            }
            let events = try server.node.parts().index.statistics.events
            #expect(events == 0)
        }
    }

    @Test func `shutting down answers what is in hand and takes nothing more`() async throws {
        try await TestServer.run { server in
            // A server of its own beside the one of the harness, on the same node.
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            var options = ServerOptions()
            options.port = 0
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let own = DaybookServer(
                node: server.node, registrations: RegistrationService(node: server.node), options: options,
                logger: logger
            ) { port.yield($0) }
            let group = ServiceGroup(configuration: .init(services: [.init(service: own)], logger: logger))
            let running = Task { try await group.run() }
            let number = try #require(await ports.first { _ in true })
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            server.log.fault = .held
            try await RawConnection.with(port: number) { connection in
                let body = #"{"topic": "a.b"}"#
                try await connection.send(
                    "POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                try await server.log.whenHeld()
                await group.triggerGracefulShutdown()
                server.log.fault = nil
                #expect(try await connection.readAll().hasPrefix("HTTP/1.1 200 OK"))
            }
            try await running.value
            await #expect(throws: (any Error).self) { try await RawConnection.with(port: number) { _ in } }
        }
    }
}
