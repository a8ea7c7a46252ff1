public import NIOCore

/// Frames as a server sends them: unmasked and unfragmented (RFC 6455, section 5.2), so that one made once can be sent
/// to any number of peers.
public enum WebSocketFrameBytes {
    enum Opcode: UInt8 {
        case text = 0x1
        case close = 0x8
        case ping = 0x9
        case pong = 0xA
    }

    /// The frame of a text message.
    public static func text(_ text: some Collection<UInt8>) -> ByteBuffer { frame(.text, text) }

    static func frame(_ opcode: Opcode, _ payload: some Collection<UInt8>) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(payload.count + 10)
        // FIN and the opcode.
        bytes.writeInteger(0x80 | opcode.rawValue)
        switch payload.count {
        case ...125: bytes.writeInteger(UInt8(payload.count))
        case ...Int(UInt16.max):
            bytes.writeInteger(UInt8(126))
            bytes.writeInteger(UInt16(payload.count))
        default:
            bytes.writeInteger(UInt8(127))
            bytes.writeInteger(UInt64(payload.count))
        }
        bytes.writeBytes(payload)
        return bytes
    }

    /// - Parameter reason: cut to what a control frame holds, 123 bytes of it, at the end of a character.
    static func close(_ code: WebSocketCloseCode, _ reason: String) -> ByteBuffer {
        var payload = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)]
        for character in reason {
            guard payload.count + character.utf8.count <= 125 else { break }
            payload += character.utf8
        }
        return frame(.close, payload)
    }
}
