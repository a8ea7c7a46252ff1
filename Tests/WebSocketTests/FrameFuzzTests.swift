import NIOCore
import NIOEmbedded
import Testing

@testable import WebSocket

/// Random frames and random bytes, in random pieces: nothing crashes, nothing hangs, nothing grows.
@Suite struct FrameFuzzTests {
    @Test(arguments: 1...8)
    func noInputHarms(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        for _ in 0..<60 {
            var limits = WebSocketLimits()
            limits.maximumFrameBytes = 4096
            limits.maximumMessageBytes = 8192
            limits.maximumFragments = 16
            let connection = try EmbeddedConnection(limits)
            var input = Self.input(&random)
            while input.readableBytes > 0, connection.channel.isActive {
                let count = min(input.readableBytes, Int.random(in: 1...2000, using: &random))
                guard let piece = input.readSlice(length: count) else { break }
                connection.send(piece)
                #expect(connection.session.messages.allSatisfy { $0.byteCount <= 8192 })
            }
            // Either it is still open, or it was closed once, with a code that can be sent.
            for frame in try connection.sent() where frame.opcode == 8 && !frame.payload.isEmpty {
                let code = try #require(frame.closeCode)
                #expect(WebSocketCloseCode(rawValue: UInt16(code)).maySend)
            }
            connection.channel.embeddedEventLoop.advanceTime(by: .seconds(120))
            #expect(!connection.channel.isActive)
            #expect(connection.session.closings == 1)
        }
    }

    private static func input(_ random: inout SplitMix) -> ByteBuffer {
        var bytes = ByteBuffer()
        for _ in 0..<Int.random(in: 1...20, using: &random) {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: bytes.writeBytes((0..<Int.random(in: 1...64, using: &random)).map { _ in random.byte() })
            case 1:
                // A head that promises much.
                bytes.writeInteger(UInt8(0x81))
                bytes.writeInteger(UInt8(0xFF))
                bytes.writeInteger(random.next())
            case 2:
                var frame = clientFrame(
                    random.byte() & 0xF, [random.byte()], isFinal: .random(using: &random),
                    reserved: random.byte() & 0x70)
                bytes.writeBuffer(&frame)
            default:
                let opcodes: [UInt8] = [0, 0, 0, 1, 2, 9, 0xA]
                let count = [0, 1, 100, 125, 126, 4000, 5000].randomElement(using: &random) ?? 0
                var frame = clientFrame(
                    opcodes.randomElement(using: &random) ?? 1, (0..<count).map { _ in random.byte() & 0x7F },
                    isFinal: .random(using: &random))
                bytes.writeBuffer(&frame)
            }
        }
        return bytes
    }
}

extension WebSocketMessage {
    fileprivate var byteCount: Int {
        switch self {
        case .text(let bytes), .binary(let bytes): bytes.readableBytes
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}
