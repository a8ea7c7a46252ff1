import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// Connections with TLS, each with the certificate there is when it is made.
final class TLSConnections<Base: ServerChildChannel>: ServerChildChannel {
    private let base: Base
    private let identity: TLSIdentity
    private let handshakeTimeout: TimeAmount
    /// Made of a version of the identity, because that takes longer than to make a connection with it.
    private let made: Mutex<(number: Int, channel: TLSChannel<Base>)>

    init(_ base: Base, _ identity: TLSIdentity, handshakeTimeout: Duration) throws {
        self.base = base
        self.identity = identity
        self.handshakeTimeout = TimeAmount(handshakeTimeout)
        let version = identity.version
        made = Mutex((version.number, try TLSChannel(base, tlsConfiguration: version.configuration)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        let tls: TLSChannel<Base>
        do {
            tls = try current()
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return tls.setup(channel: channel, logger: logger).flatMapThrowing { [handshakeTimeout] value in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(
                HandshakeDeadline(handshakeTimeout), position: .after(pipeline.handler(type: NIOSSLServerHandler.self)))
            return value
        }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }

    private func current() throws -> TLSChannel<Base> {
        let version = identity.version
        return try made.withLock { made in
            if made.number != version.number {
                made = (version.number, try TLSChannel(base, tlsConfiguration: version.configuration))
            }
            return made.channel
        }
    }
}
