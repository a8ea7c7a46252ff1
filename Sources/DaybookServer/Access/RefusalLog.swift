import Logging
import NIOCore

/// Writes down every access that was refused: who wanted what, from where, and why not. Never a secret, and of the address
/// only the route, since a query may hold one.
struct RefusalLog: Sendable {
    let logger: Logger
    let method: String
    /// The pattern of the route, as `/api/events/{id}`.
    let route: String
    /// That of the request, which knows its id.
    var requestLogger: Logger?
    let peer: SocketAddress?

    func write(_ reason: String, name: String) {
        logger.notice(
            "access refused",
            metadata: [
                "key": "\(name)", "method": "\(method)", "route": "\(route)",
                "peer": "\(peer?.ipAddress ?? peer?.pathname ?? "")", "reason": "\(reason)",
                "request": "\(requestLogger?[metadataKey: "hb.request.id"]?.description ?? "")",
            ])
    }
}
