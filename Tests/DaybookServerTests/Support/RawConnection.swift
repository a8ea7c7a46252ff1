import DaybookTesting
import NIOCore
import NIOPosix
import NIOSSL

/// A connection whose bytes the test writes and reads itself, for answers that have no end and requests that are none.
final class RawConnection {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var held: [UInt8] = []

    private init(
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>
    ) {
        self.outbound = outbound
        iterator = inbound.makeAsyncIterator()
    }

    /// - Parameters:
    ///   - receiveBuffer: how many bytes the system holds for a connection that is not read; its own choice is
    ///     megabytes.
    ///   - tls: what it is encrypted with; nil: it is not.
    static func with(
        port: Int, receiveBuffer: Int? = nil, tls: NIOSSLContext? = nil,
        _ body: @escaping @Sendable (RawConnection) async throws -> Void
    ) async throws {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(
                .socketOption(.so_rcvbuf), value: ChannelOptions.Types.SocketOption.Value(receiveBuffer))
        }
        let channel =
            try await bootstrap
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: "localhost")
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await withDeadline(what: "the connection's test") {
            try await channel.executeThenClose { inbound, outbound in
                try await body(RawConnection(outbound, inbound))
            }
        }
    }

    func send(_ text: String) async throws {
        try await send(ByteBuffer(string: text))
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await outbound.write(bytes)
    }

    /// So many bytes.
    func read(_ count: Int) async throws -> [UInt8] {
        while held.count < count {
            guard let part = try await iterator.next() else { throw Closed() }
            held += part.readableBytesView
        }
        defer { held.removeFirst(count) }
        return Array(held.prefix(count))
    }

    /// The next line that fits; those before it are passed over.
    func readLine(where fits: (String) -> Bool) async throws -> String {
        while true {
            while let end = held.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: held[..<end], as: UTF8.self)
                held.removeFirst(end + 1)
                if fits(line) { return line }
            }
            guard let part = try await iterator.next() else { throw Closed() }
            held += part.readableBytesView
        }
    }

    /// The status line of the next answer. What is left of the one before may end without a line's end.
    func readStatus() async throws -> String {
        let line = try await readLine { $0.contains("HTTP/1.1 ") }
        guard let start = line.firstRange(of: "HTTP/1.1 ") else { return line }
        return String(line[start.lowerBound...])
    }

    /// Everything up to the end.
    func readAll() async throws -> String {
        while let part = try await iterator.next() { held += part.readableBytesView }
        return String(decoding: held, as: UTF8.self)
    }

    struct Closed: Error {}
}
