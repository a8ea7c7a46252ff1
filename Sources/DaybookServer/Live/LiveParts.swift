import DaybookIndex
import WebSocket

/// What live push works with.
struct LiveParts: Sendable {
    let node: DaybookNode
    let feed: LiveFeed
    let options: ServerOptions
    let gatekeeper: Gatekeeper

    var webSocketLimits: WebSocketLimits {
        var limits = WebSocketLimits()
        limits.maximumWaitingBytes = options.maximumWaitingBytes
        limits.maximumWaitingMessages = options.maximumWaitingMessages
        return limits
    }
}
