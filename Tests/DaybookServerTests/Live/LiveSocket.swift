import Daybook
import LosslessJSON
import NIOCore
import NIOSSL
import Testing

/// A client of `/ws`, by hand. Unchecked, because one task at a time uses it.
struct LiveSocket: @unchecked Sendable {
    /// The server closed the connection.
    struct Closed: Error, Equatable {
        var code: Int
        var reason: String
    }

    struct Refused: Error {
        var status: String
    }

    private let connection: RawConnection

    /// Opens the WebSocket and sends the `auth` message, if one is given: members besides `topic`.
    static func with(
        port: Int?, auth: String? = nil, receiveBuffer: Int? = nil, tls: NIOSSLContext? = nil,
        _ body: @escaping @Sendable (LiveSocket) async throws -> Void
    ) async throws {
        let port = try #require(port)
        try await RawConnection.with(port: port, receiveBuffer: receiveBuffer, tls: tls) { connection in
            try await connection.send(
                "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
            let status = try await connection.readLine { _ in true }
            guard status.hasPrefix("HTTP/1.1 101 ") else { throw Refused(status: status) }
            _ = try await connection.readLine { $0 == "\r" }
            let socket = LiveSocket(connection: connection)
            if let auth {
                try await socket.auth(auth)
            }
            try await body(socket)
        }
    }

    /// Sends an `auth` message and waits for the sign that it was taken.
    func auth(_ members: String) async throws {
        try await send(#"{"topic": "auth", \#(members)}"#)
        #expect(try await nextOfAny()["topic"]?.text == "heartbeat")
    }

    func send(_ text: String, opcode: UInt8 = 1) async throws {
        var bytes = ByteBuffer()
        bytes.writeInteger(0x80 | opcode)
        let payload = Array(text.utf8)
        if payload.count < 126 {
            bytes.writeInteger(0x80 | UInt8(payload.count))
        } else {
            bytes.writeInteger(UInt8(0x80 | 126))
            bytes.writeInteger(UInt16(payload.count))
        }
        bytes.writeInteger(UInt32(0))
        bytes.writeBytes(payload)
        try await connection.send(bytes)
    }

    /// The next message that is no heartbeat.
    func next() async throws -> JSONValue {
        while true {
            let message = try await nextOfAny()
            if message["topic"]?.text != "heartbeat" { return message }
        }
    }

    /// - Throws: ``Closed``.
    func nextOfAny() async throws -> JSONValue {
        try JSONValue(Array(try await nextText().utf8))
    }

    func nextText() async throws -> String {
        while true {
            let head = try await connection.read(2)
            #expect(head[1] & 0x80 == 0, "a server does not mask")
            var count = Int(head[1])
            if count == 126 { count = try await number(of: 2) } else if count == 127 { count = try await number(of: 8) }
            let payload = try await connection.read(count)
            switch head[0] & 0xF {
            case 1: return String(decoding: payload, as: UTF8.self)
            case 8:
                let code = payload.count < 2 ? 1005 : Int(payload[0]) << 8 | Int(payload[1])
                throw Closed(code: code, reason: String(decoding: payload.dropFirst(2), as: UTF8.self))
            default: continue
            }
        }
    }

    private func number(of bytes: Int) async throws -> Int {
        try await connection.read(bytes).reduce(0) { $0 << 8 | Int($1) }
    }

    /// How the server closes the connection.
    func closing() async throws -> Closed {
        do {
            while true { _ = try await nextText() }
        } catch let closed as Closed {
            return closed
        }
    }
}
