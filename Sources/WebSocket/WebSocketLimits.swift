/// What one connection may ask of the server.
public struct WebSocketLimits: Sendable {
    /// The largest frame that is taken, in bytes; a larger one closes the connection with 1009 as soon as its head is read.
    public var maximumFrameBytes = 64 << 10
    /// The largest message, in bytes, however many frames it comes in.
    public var maximumMessageBytes = 64 << 10
    /// How many frames a message may come in: bytes alone do not bound empty ones.
    public var maximumFragments = 1024
    /// What may wait for a peer that does not read: beyond it, the connection is closed with 1013. The bytes are those
    /// behind the channel's own buffer.
    public var maximumWaitingBytes = 4 << 20
    public var maximumWaitingMessages = 10_000
    /// How often the peer is pinged. One that is not heard of until the next ping is taken for gone.
    public var pingInterval = Duration.seconds(20)
    /// How long the peer may take to answer a close frame: one that is slow should still come to read why.
    public var closeTimeout = Duration.seconds(10)
    /// The same when the server shuts down.
    public var shutdownTimeout = Duration.seconds(2)

    public init() {}
}
