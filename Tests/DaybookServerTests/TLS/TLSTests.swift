import DaybookTesting
import HummingbirdTesting
import LosslessJSON
import NIOCore
import NIOSSL
import TestTools
import Testing

@testable import DaybookServer

/// The same server over TLS.
struct TLSTests {
    /// What the server's files have, and a client that trusts their authority.
    struct Setup {
        let certificates: TestCertificates
        let files: Box<TLSIdentity.Files>
        let identity: TLSIdentity

        init() throws {
            let certificates = try TestCertificates()
            let files = Box(try TLSTests.files(certificates.server()))
            self.certificates = certificates
            self.files = files
            identity = try TLSIdentity { files.value }
        }

        var options: ServerOptions {
            var options = ServerOptions()
            options.tls = identity
            return options
        }

        func client(maximum: TLSVersion? = nil) throws -> NIOSSLContext {
            try TLSTests.client(trusting: certificates, maximum: maximum)
        }
    }

    static func files(_ identity: TestCertificates.Identity) -> TLSIdentity.Files {
        .init(certificate: Array(identity.certificate.utf8), key: Array(identity.key.utf8))
    }

    static func client(trusting certificates: TestCertificates, maximum: TLSVersion? = nil) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = maximum
        configuration.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(certificates.authority.utf8)))
        return try NIOSSLContext(configuration: configuration)
    }

    private static func post(_ connection: RawConnection, _ body: String) async throws -> String {
        try await connection.send(
            "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return try await connection.readStatus()
    }

    @Test func `requests are answered, one after another on one connection`() async throws {
        let setup = try Setup()
        try await TestServer.run(.live, options: setup.options) { server in
            try await RawConnection.with(port: #require(server.client.port), tls: setup.client()) { connection in
                #expect(try await Self.post(connection, #"{"topic": "a.b"}"#) == "HTTP/1.1 200 OK\r")
                #expect(try await Self.post(connection, #"{"topic": "?"}"#) == "HTTP/1.1 400 Bad Request\r")
                try await connection.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                #expect(try await connection.readAll().contains("HTTP/1.1 200 OK"))
            }
        }
    }

    @Test func `a WebSocket is opened and told what happens`() async throws {
        let setup = try Setup()
        try await TestServer.run(.live, options: setup.options) { server in
            let port = try #require(server.client.port)
            try await LiveSocket.with(port: port, auth: #""token": "", "subscribe": ["a."]"#, tls: setup.client()) {
                socket in
                try await RawConnection.with(port: port, tls: setup.client()) { connection in
                    _ = try await Self.post(connection, #"{"topic": "a.b"}"#)
                }
                #expect(try await socket.next()["topic"]?.text == "a.b")
            }
        }
    }

    @Test func `a stream is told what happens`() async throws {
        let setup = try Setup()
        try await TestServer.run(.live, options: setup.options) { server in
            let port = try #require(server.client.port)
            try await RawConnection.with(port: port, tls: setup.client()) { stream in
                try await stream.send("GET /api/stream?topic=a.* HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await stream.readLine { $0.hasPrefix(":") }
                try await RawConnection.with(port: port, tls: setup.client()) { connection in
                    _ = try await Self.post(connection, #"{"topic": "a.b"}"#)
                }
                #expect(try await stream.readLine { $0.hasPrefix("data:") }.contains("a.b"))
            }
        }
    }

    @Test(arguments: [(TLSVersion.tlsv1, false), (.tlsv11, false), (.tlsv12, true), (.tlsv13, true)])
    func `versions before 1_2 are refused`(version: TLSVersion, isTaken: Bool) async throws {
        let setup = try Setup()
        try await TestServer.run(.live, options: setup.options) { server in
            let status = await Result {
                try await Self.status(of: "/livez", port: #require(server.client.port), setup.client(maximum: version))
            }
            #expect((try? status.get()) == (isTaken ? "HTTP/1.1 200 OK\r" : nil))
        }
    }

    @Test func `connections get the certificate there is when they are made`() async throws {
        let setup = try Setup()
        let other = try TestCertificates(named: "Another authority")
        try await TestServer.run(.live, options: setup.options) { server in
            let port = try #require(server.client.port)
            let (old, new) = try (setup.client(), Self.client(trusting: other))
            try await RawConnection.with(port: port, tls: old) { early in
                #expect(try await Self.post(early, #"{"topic": "a.b"}"#) == "HTTP/1.1 200 OK\r")
                setup.files.value = try Self.files(other.server())
                guard case .renewed = setup.identity.renew() else {
                    Issue.record("not renewed")
                    return
                }
                // The one there is goes on.
                #expect(try await Self.post(early, #"{"topic": "a.b"}"#) == "HTTP/1.1 200 OK\r")
            }
            #expect(try await Self.status(of: "/livez", port: port, new) == "HTTP/1.1 200 OK\r")
            await #expect(throws: (any Error).self) { try await Self.status(of: "/livez", port: port, old) }
        }
    }

    @Test(arguments: ["", "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"])
    func `who does not come to terms is cut off`(sent: String) async throws {
        let setup = try Setup()
        var options = setup.options
        options.headerTimeout = .seconds(2)
        try await TestServer.run(.live, options: options) { server in
            let answer = Box("")
            let port = try #require(server.client.port)
            // The end may come as an error, too; without one the harness ends the test.
            try? await RawConnection.with(port: port) { connection in
                if !sent.isEmpty { try await connection.send(sent) }
                answer.value = try await connection.readAll()
            }
            #expect(!answer.value.contains("HTTP"))
            #expect(
                try await Self.status(of: "/livez", port: #require(server.client.port), setup.client())
                    == "HTTP/1.1 200 OK\r")
        }
    }

    private static func status(of path: String, port: Int, _ client: NIOSSLContext) async throws -> String {
        let status = Box("")
        try await RawConnection.with(port: port, tls: client) { connection in
            try await connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            status.value = try await connection.readStatus()
        }
        return status.value
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
