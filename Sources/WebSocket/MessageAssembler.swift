import NIOCore
import NIOWebSocket

/// Puts messages together from the frames of a client, and holds the frames against RFC 6455.
struct MessageAssembler {
    enum Event: Equatable {
        case message(WebSocketMessage)
        case ping(ByteBuffer)
        case pong
        /// Nil when the peer gave no code.
        case close(WebSocketCloseCode?)
    }

    /// What the peer did that ends the connection.
    struct Violation: Error, Equatable {
        var code: WebSocketCloseCode
        var reason: String

        init(_ reason: String) {
            self.init(.protocolError, reason)
        }

        init(_ code: WebSocketCloseCode, _ reason: String) {
            self.code = code
            self.reason = reason
        }
    }

    private let limits: WebSocketLimits
    /// The message whose last fragment has not come yet.
    private var partial: (isText: Bool, bytes: ByteBuffer, fragments: Int)?

    init(_ limits: WebSocketLimits) {
        self.limits = limits
    }

    /// Bytes of the message that is not complete.
    var heldBytes: Int { partial?.bytes.readableBytes ?? 0 }

    /// - Returns: nil when the frame completes nothing.
    mutating func take(_ frame: WebSocketFrame) throws(Violation) -> Event? {
        guard frame.reservedBits.isEmpty else {
            throw Violation("reserved bits are set, and no extension was agreed on")
        }
        // Section 5.1.
        guard frame.maskKey != nil else { throw Violation("a client has to mask its frames") }
        switch frame.opcode {
        case .text, .binary:
            guard partial == nil else { throw Violation("a new message began inside a fragmented one") }
            return try append(frame, to: (frame.opcode == .text, ByteBuffer(), 0))
        case .continuation:
            guard let partial else { throw Violation("a continuation frame with nothing to continue") }
            return try append(frame, to: partial)
        case .ping, .pong, .connectionClose: return try control(frame)
        default: throw Violation("an opcode that RFC 6455 does not know")
        }
    }

    private mutating func append(
        _ frame: WebSocketFrame, to message: (isText: Bool, bytes: ByteBuffer, fragments: Int)
    ) throws(Violation) -> Event? {
        var message = message
        var data = frame.unmaskedData
        partial = nil
        guard message.bytes.readableBytes + data.readableBytes <= limits.maximumMessageBytes else {
            throw Violation(.messageTooBig, "a message has \(limits.maximumMessageBytes) bytes at most")
        }
        message.fragments += 1
        guard message.fragments <= limits.maximumFragments else {
            throw Violation(.policyViolation, "a message comes in \(limits.maximumFragments) frames at most")
        }
        if message.bytes.readableBytes == 0 { message.bytes = data } else { message.bytes.writeBuffer(&data) }
        guard frame.fin else {
            partial = message
            return nil
        }
        guard message.isText else { return .message(.binary(message.bytes)) }
        guard message.bytes.isUTF8 else { throw Violation(.invalidData, "a text message is no valid UTF-8") }
        return .message(.text(message.bytes))
    }

    private func control(_ frame: WebSocketFrame) throws(Violation) -> Event {
        // Section 5.5.
        guard frame.fin, frame.length <= 125 else {
            throw Violation("a control frame is not fragmented and has 125 bytes at most")
        }
        var data = frame.unmaskedData
        switch frame.opcode {
        case .ping: return .ping(data)
        case .pong: return .pong
        default: break
        }
        guard data.readableBytes > 0 else { return .close(nil) }
        guard let number = data.readInteger(as: UInt16.self) else { throw Violation("a close code has two bytes") }
        let code = WebSocketCloseCode(rawValue: number)
        guard code.maySend else { throw Violation("\(number) is no close code that can be sent") }
        guard data.isUTF8 else { throw Violation(.invalidData, "the reason of a close frame is no valid UTF-8") }
        return .close(code)
    }
}

extension ByteBuffer {
    fileprivate var isUTF8: Bool {
        withUnsafeReadableBytes { String(validating: $0, as: UTF8.self) != nil }
    }
}
