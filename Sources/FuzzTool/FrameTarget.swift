import NIOCore
import NIOEmbedded
import NIOWebSocket
import WebSocket

/// A WebSocket as the server has it: frames in any pieces become the messages they are, and what is none harms nobody.
struct FrameTarget: FuzzTarget {
    struct Input {
        /// As they come from the network.
        var pieces: [[UInt8]]
        /// What they are, when they are sound: the messages, and what pings say.
        var expected: (messages: [WebSocketMessage], pings: [[UInt8]])?
    }

    private static let limits = {
        var limits = WebSocketLimits()
        limits.maximumFrameBytes = 4096
        limits.maximumMessageBytes = 8192
        limits.maximumFragments = 16
        return limits
    }()

    private let mutator = ByteMutator([
        "\u{1}", "\u{7E}", "\u{7F}", "\u{0}\u{0}\u{0}\u{0}", "é", "\u{8}", "\u{9}", "aaaa",
    ])

    // MARK: - Making

    func input(_ random: inout FuzzRandom) -> Input {
        var bytes: [UInt8] = []
        var messages: [WebSocketMessage] = []
        var pings: [[UInt8]] = []
        for _ in 0...random.below(6) { message(&random, &bytes, &messages, &pings) }
        let isSound = random.oneIn(2)
        if !isSound {
            if random.oneIn(3) { bytes.insert(contentsOf: Self.strange(&random), at: random.below(bytes.count + 1)) }
            mutator.mutate(&bytes, &random)
        }
        return Input(pieces: Self.pieces(of: bytes, &random), expected: isSound ? (messages, pings) : nil)
    }

    /// One message in frames, pings between them.
    private func message(
        _ random: inout FuzzRandom, _ bytes: inout [UInt8], _ messages: inout [WebSocketMessage],
        _ pings: inout [[UInt8]]
    ) {
        let isText = random.oneIn(2)
        let data =
            isText
            ? Array(random.text(maximum: 60).utf8)
            : (0..<random.pick([0, 1, 125, 126, 127, 300, 4000])).map { _ in random.byte() }
        messages.append(isText ? .text(ByteBuffer(bytes: data)) : .binary(ByteBuffer(bytes: data)))
        var rest = data[...]
        var opcode: UInt8 = isText ? 1 : 2
        repeat {
            let part = random.oneIn(2) ? rest : rest.prefix(random.below(rest.count + 1))
            rest = rest.dropFirst(part.count)
            let isLast = rest.isEmpty
            bytes += Self.frame(opcode, Array(part), isFinal: isLast, key: random.next())
            opcode = 0
            if random.oneIn(4) {
                let ping = (0..<random.below(126)).map { _ in random.byte() }
                pings.append(ping)
                bytes += Self.frame(9, ping, isFinal: true, key: random.next())
            }
            // A message comes in so many frames at most.
            if !isLast, random.oneIn(3) {
                bytes += Self.frame(0, Array(rest), isFinal: true, key: random.next())
                rest = []
            }
        } while !rest.isEmpty
    }

    /// A head that promises much, or one that RFC 6455 does not know.
    private static func strange(_ random: inout FuzzRandom) -> [UInt8] {
        switch random.below(3) {
        case 0: [0x81, 0xFF] + (0..<8).map { _ in random.byte() }
        case 1: [random.byte(), random.byte()]
        default: frame(random.byte() & 0xF, Array(random.text().utf8), isFinal: random.oneIn(2), key: random.next())
        }
    }

    private static func frame(_ opcode: UInt8, _ data: [UInt8], isFinal: Bool, key: UInt64) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        switch data.count {
        case ...125: bytes.append(0x80 | UInt8(data.count))
        case ...65535: bytes += [0x80 | 126, UInt8(data.count >> 8), UInt8(data.count & 0xFF)]
        default: bytes += [0x80 | 127] + (0..<8).map { UInt8(truncatingIfNeeded: data.count >> (56 - 8 * $0)) }
        }
        let mask = (0..<4).map { UInt8(truncatingIfNeeded: key >> (8 * UInt64($0))) }
        return bytes + mask + data.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    private static func pieces(of bytes: [UInt8], _ random: inout FuzzRandom) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(random.oneIn(3) ? 1 + random.below(8) : 1 + random.below(2000))
            pieces.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }

    // MARK: - Running

    func run(_ input: Input) throws -> Bool {
        let seen = Seen()
        let channel = EmbeddedChannel(handlers: [
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: Self.limits.maximumFrameBytes)),
            WebSocketConnection(limits: Self.limits, session: seen),
        ])
        channel.connect(to: try SocketAddress(unixDomainSocketPath: "/none"), promise: nil)
        for piece in input.pieces where channel.isActive {
            // What it thinks of it, it sends.
            _ = try? channel.writeInbound(ByteBuffer(bytes: piece))
        }
        let frames = try Self.frames(sentBy: channel)
        for message in seen.messages {
            try check(Self.size(of: message) <= Self.limits.maximumMessageBytes, "a message is larger than the limit")
        }
        let closes = frames.filter { $0.opcode == .connectionClose }
        if let expected = input.expected {
            try check(closes.isEmpty, "frames of the grammar close the connection")
            try check(
                seen.messages == expected.messages,
                "\(seen.messages.count) of \(expected.messages.count) messages, or others")
            let pongs = frames.filter { $0.opcode == .pong }.map { Array($0.data.readableBytesView) }
            try check(pongs == expected.pings, "pings are answered with something else")
            try isKept(expected.messages)
        }
        try check(closes.count <= 1, "it is closed twice")
        for var close in closes where close.data.readableBytes > 0 {
            let code = close.data.readInteger(as: UInt16.self) ?? 0
            try check(
                (1000...1014).contains(code) && ![1004, 1005, 1006].contains(code) || (3000...4999).contains(code),
                "it is closed with \(code)")
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(120))
        try check(!channel.isActive, "it is never closed")
        try check(seen.closings == 1, "its session is closed \(seen.closings) times")
        return closes.isEmpty
    }

    /// What the server writes is read as it was.
    private func isKept(_ messages: [WebSocketMessage]) throws {
        for case .text(let text) in messages {
            let decoder = EmbeddedChannel(handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 16)))
            try decoder.writeInbound(WebSocketFrameBytes.text(text.readableBytesView))
            let frame = try decoder.readInbound(as: WebSocketFrame.self)
            try check(
                frame?.fin == true && frame?.opcode == .text && frame?.data == text,
                "a frame that is sent is read as another")
            _ = try? decoder.finish()
        }
    }

    private static func frames(sentBy channel: EmbeddedChannel) throws -> [(opcode: WebSocketOpcode, data: ByteBuffer)]
    {
        let decoder = EmbeddedChannel(handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 16)))
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { try decoder.writeInbound(bytes) }
        var frames: [(opcode: WebSocketOpcode, data: ByteBuffer)] = []
        while let frame = try decoder.readInbound(as: WebSocketFrame.self) { frames.append((frame.opcode, frame.data)) }
        _ = try? decoder.finish()
        return frames
    }

    private static func size(of message: WebSocketMessage) -> Int {
        switch message {
        case .text(let bytes), .binary(let bytes): bytes.readableBytes
        }
    }

    /// Unchecked, because one thread uses it.
    private final class Seen: WebSocketSession, @unchecked Sendable {
        var messages: [WebSocketMessage] = []
        var closings = 0

        func opened(_ connection: WebSocketConnection, on eventLoop: any EventLoop) {}
        func received(_ message: WebSocketMessage) { messages.append(message) }
        func closed() { closings += 1 }
    }

    func describe(_ input: Input) -> String {
        input.pieces.map { $0.map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }.joined() }.joined(
            separator: " | ")
    }
}
