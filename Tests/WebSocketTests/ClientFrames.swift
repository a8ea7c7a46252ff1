import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import WebSocket

/// A frame as a client sends it.
func clientFrame(
    _ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, reserved: UInt8 = 0, isMasked: Bool = true
) -> ByteBuffer {
    var bytes = ByteBuffer()
    bytes.writeInteger((isFinal ? 0x80 : 0) | reserved | opcode)
    let mask: UInt8 = isMasked ? 0x80 : 0
    switch payload.count {
    case ...125: bytes.writeInteger(mask | UInt8(payload.count))
    case ...65535:
        bytes.writeInteger(mask | 126)
        bytes.writeInteger(UInt16(payload.count))
    default:
        bytes.writeInteger(mask | 127)
        bytes.writeInteger(UInt64(payload.count))
    }
    guard isMasked else {
        bytes.writeBytes(payload)
        return bytes
    }
    let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    bytes.writeBytes(key)
    bytes.writeBytes(payload.enumerated().map { $1 ^ key[$0 & 3] })
    return bytes
}

/// A connection on a channel without a network, and what was seen of it.
final class EmbeddedConnection {
    /// Unchecked, because a test uses it on one thread.
    final class Session: WebSocketSession, @unchecked Sendable {
        var connection: WebSocketConnection?
        var messages: [WebSocketMessage] = []
        var closings = 0

        func opened(_ connection: WebSocketConnection, on eventLoop: any EventLoop) { self.connection = connection }
        func received(_ message: WebSocketMessage) { messages.append(message) }
        func closed() {
            closings += 1
            connection = nil
        }
    }

    /// A frame that the server sent.
    struct Sent: Equatable {
        var opcode: UInt8
        var payload: [UInt8]

        var closeCode: Int? {
            opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
        }
        var text: String { String(decoding: opcode == 8 ? payload.dropFirst(2) : payload[...], as: UTF8.self) }
    }

    let channel: EmbeddedChannel
    let session = Session()
    private var received = ByteBuffer()

    init(_ limits: WebSocketLimits = WebSocketLimits()) throws {
        channel = EmbeddedChannel(handlers: [
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limits.maximumFrameBytes)),
            WebSocketConnection(limits: limits, session: session),
        ])
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/none")).wait()
    }

    func send(_ bytes: ByteBuffer...) {
        // What the server thinks of it, it sends.
        for bytes in bytes { _ = try? channel.writeInbound(bytes) }
    }

    /// What the server sent since the last time.
    func sent() throws -> [Sent] {
        while var bytes = try channel.readOutbound(as: ByteBuffer.self) { received.writeBuffer(&bytes) }
        var frames: [Sent] = []
        while let first = received.readInteger(as: UInt8.self), let second = received.readInteger(as: UInt8.self) {
            #expect(first & 0xF0 == 0x80 && second < 127)
            let count = second == 126 ? Int(received.readInteger(as: UInt16.self) ?? 0) : Int(second)
            frames.append(Sent(opcode: first & 0xF, payload: received.readBytes(length: count) ?? []))
        }
        return frames
    }
}
