import NIOCore
import NIOEmbedded
import Testing

@testable import WebSocket

@Suite struct ConnectionTests {
    @Test func fragmentsBecomeOneMessage() throws {
        let connection = try EmbeddedConnection()
        connection.send(
            clientFrame(0x1, Array("Hel".utf8), isFinal: false), clientFrame(0x9, Array("ping".utf8)),
            clientFrame(0x0, Array("lo".utf8), isFinal: false), clientFrame(0x0, []),
            clientFrame(0x2, [0, 0xFF]))
        #expect(
            connection.session.messages == [.text(ByteBuffer(string: "Hello")), .binary(ByteBuffer(bytes: [0, 0xFF]))])
        // A ping between fragments is answered with its own data.
        #expect(try connection.sent() == [.init(opcode: 0xA, payload: Array("ping".utf8))])
        #expect(connection.session.closings == 0)
    }

    @Test(arguments: [
        ("not masked", [clientFrame(0x1, [0x61], isMasked: false)], 1002),
        ("a reserved bit", [clientFrame(0x1, [0x61], reserved: 0x40)], 1002),
        ("an unknown opcode", [clientFrame(0x3)], 1002),
        ("nothing to continue", [clientFrame(0x0, [0x61])], 1002),
        ("a message inside another", [clientFrame(0x1, [0x61], isFinal: false), clientFrame(0x1, [0x61])], 1002),
        ("a fragmented ping", [clientFrame(0x9, [], isFinal: false)], 1002),
        ("a long ping", [clientFrame(0x9, Array(repeating: 0, count: 126))], 1002),
        ("no UTF-8", [clientFrame(0x1, [0xC3, 0x28])], 1007),
        ("UTF-8 cut short over frames", [clientFrame(0x1, [0xC3], isFinal: false), clientFrame(0x0)], 1007),
        ("a frame too big", [clientFrame(0x1, Array(repeating: 0x61, count: 1001))], 1009),
        (
            "a message too big",
            [
                clientFrame(0x1, Array(repeating: 0x61, count: 900), isFinal: false),
                clientFrame(0x0, Array(repeating: 0x61, count: 900), isFinal: false),
                clientFrame(0x0, Array(repeating: 0x61, count: 201)),
            ], 1009
        ),
        ("too many frames", Array(repeating: clientFrame(0x0, [], isFinal: false), count: 5), 1008),
        ("a close code of one byte", [clientFrame(0x8, [3])], 1002),
        ("a close code that cannot be sent", [clientFrame(0x8, [0x03, 0xED])], 1002),
        ("a close reason that is no UTF-8", [clientFrame(0x8, [0x03, 0xE8, 0xFF])], 1007),
    ])
    func whatTheStandardForbidsEndsTheConnection(_ what: String, _ frames: [ByteBuffer], _ code: Int) throws {
        var limits = WebSocketLimits()
        limits.maximumFrameBytes = 1000
        limits.maximumMessageBytes = 2000
        limits.maximumFragments = 4
        let connection = try EmbeddedConnection(limits)
        if code == 1008 { connection.send(clientFrame(0x1, [], isFinal: false)) }
        for frame in frames { connection.send(frame) }
        let sent = try connection.sent()
        #expect(sent.count == 1)
        #expect(sent.first?.closeCode == code, "\(what): \(sent)")
        #expect(sent.first?.text.isEmpty == false)
        #expect(connection.session.closings == 1)
        #expect(connection.session.messages.isEmpty)
        // What comes afterwards changes nothing, and a peer that does not answer is left.
        connection.send(clientFrame(0x1, [0x61]))
        #expect(connection.session.messages.isEmpty)
        #expect(connection.channel.isActive)
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(!connection.channel.isActive)
        #expect(connection.session.closings == 1)
    }

    @Test(arguments: [([UInt8](), [UInt8]()), ([0x03, 0xE8], [0x03, 0xE8]), ([0x0F, 0xA0, 0x61], [0x0F, 0xA0])])
    func aCloseIsAnsweredWithItsCode(_ payload: [UInt8], _ answer: [UInt8]) throws {
        let connection = try EmbeddedConnection()
        connection.send(clientFrame(0x8, payload))
        #expect(try connection.sent() == [.init(opcode: 8, payload: answer)])
        #expect(!connection.channel.isActive)
        #expect(connection.session.closings == 1)
    }

    @Test func shuttingDownSaysSo() throws {
        let connection = try EmbeddedConnection()
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(try connection.sent().map(\.closeCode) == [1001])
        connection.send(clientFrame(0x8, [0x03, 0xE9]))
        #expect(!connection.channel.isActive)
    }

    @Test func shuttingDownDoesNotWaitLong() throws {
        let connection = try EmbeddedConnection()
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!connection.channel.isActive)
    }

    @Test func aPeerThatIsSilentIsPingedAndThenLeft() throws {
        let connection = try EmbeddedConnection()
        let loop = connection.channel.embeddedEventLoop
        loop.advanceTime(by: .seconds(20))
        #expect(try connection.sent() == [.init(opcode: 9, payload: [])])
        connection.send(clientFrame(0xA))
        loop.advanceTime(by: .seconds(20))
        #expect(try connection.sent() == [.init(opcode: 9, payload: [])])
        loop.advanceTime(by: .seconds(20))
        #expect(try connection.sent().map(\.closeCode) == [1008])
        loop.advanceTime(by: .seconds(10))
        #expect(!connection.channel.isActive)
    }

    @Test func whatAPeerDoesNotReadWaitsWithinBounds() throws {
        var limits = WebSocketLimits()
        limits.maximumWaitingMessages = 3
        let connection = try EmbeddedConnection(limits)
        let socket = try #require(connection.session.connection)
        connection.channel.isWritable = false
        for number in 1...3 { socket.write(WebSocketFrameBytes.text("\(number)".utf8)) }
        let drained = connection.channel.eventLoop.makePromise(of: Void.self)
        socket.whenDrained(drained)
        #expect(try connection.sent().isEmpty)
        #expect(socket.waitingCount == 3)
        // It reads again: all of it comes, in order.
        connection.channel.isWritable = true
        connection.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try connection.sent().map(\.text) == ["1", "2", "3"])
        try drained.futureResult.wait()
        // It reads no more: one message too many ends the connection, and frees what waited.
        connection.channel.isWritable = false
        for number in 4...7 { socket.write(WebSocketFrameBytes.text("\(number)".utf8)) }
        #expect(try connection.sent().map(\.closeCode) == [1013])
        #expect(socket.waitingCount == 0)
        #expect(connection.session.closings == 1)
    }

    @Test func bytesAreBoundedToo() throws {
        var limits = WebSocketLimits()
        limits.maximumWaitingBytes = 1000
        let connection = try EmbeddedConnection(limits)
        let socket = try #require(connection.session.connection)
        connection.channel.isWritable = false
        socket.write(WebSocketFrameBytes.text(Array(repeating: 0x61, count: 900)))
        let drained = connection.channel.eventLoop.makePromise(of: Void.self)
        socket.whenDrained(drained)
        socket.write(WebSocketFrameBytes.text(Array(repeating: 0x61, count: 100)))
        let close = try #require(try connection.sent().first)
        #expect(close.closeCode == 1013)
        #expect(close.text.hasPrefix("too slow"))
        #expect(throws: ChannelError.self) { try drained.futureResult.wait() }
    }

    @Test(arguments: [0, 125, 126, 65535, 65536])
    func framesHaveTheLengthTheyNeed(_ count: Int) {
        var frame = WebSocketFrameBytes.text(Array(repeating: 0x61, count: count))
        #expect(frame.readInteger(as: UInt8.self) == 0x81)
        let length = frame.readInteger(as: UInt8.self)
        switch count {
        case ...125: #expect(length == UInt8(count))
        case ...65535: #expect(length == 126 && frame.readInteger(as: UInt16.self) == UInt16(count))
        default: #expect(length == 127 && frame.readInteger(as: UInt64.self) == UInt64(count))
        }
        #expect(frame.readableBytes == count)
    }

    @Test func aReasonIsCutAtTheEndOfACharacter() {
        let frame = WebSocketFrameBytes.close(.normal, String(repeating: "ä", count: 100))
        // Two bytes of head, two of the code, 61 characters of two bytes.
        #expect(frame.readableBytes == 2 + 2 + 122)
    }
}
