import NIOCore
import WebSocket

/// Why a subscription ended that the subscriber did not end.
struct LiveEnd: Error {
    var code: WebSocketCloseCode
    /// What to do about it.
    var reason: String
}

/// Where a subscriber's messages go. Used on its event loop only; nothing waits for the peer.
protocol LiveReceiver: AnyObject {
    /// Takes the bytes, or ends the subscription when too much waits already.
    func write(_ bytes: ByteBuffer)
    func flush()
    func end(_ end: LiveEnd)
    /// Succeeds when the peer has read what was written, fails when it is gone.
    func whenDrained(_ promise: EventLoopPromise<Void>)
}

/// A WebSocket.
final class WebSocketReceiver: LiveReceiver {
    private let connection: WebSocketConnection

    init(_ connection: WebSocketConnection) {
        self.connection = connection
    }

    func write(_ bytes: ByteBuffer) { connection.write(bytes) }
    func flush() { connection.flush() }
    func end(_ end: LiveEnd) { connection.close(end.code, end.reason) }
    func whenDrained(_ promise: EventLoopPromise<Void>) { connection.whenDrained(promise) }
}
