public import NIOCore

/// What a peer sent: a whole message, its fragments put together.
public enum WebSocketMessage: Hashable, Sendable {
    /// Valid UTF-8.
    case text(ByteBuffer)
    case binary(ByteBuffer)
}

/// What happens on a connection is told to its session, always on the connection's event loop.
public protocol WebSocketSession: AnyObject {
    /// The connection can be written to.
    func opened(_ connection: WebSocketConnection, on eventLoop: any EventLoop)
    func received(_ message: WebSocketMessage)
    /// Nothing can be sent any more, and nothing will be received. Called once.
    func closed()
}
