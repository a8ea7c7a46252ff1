public import HTTPTypes
import HummingbirdCore
public import NIOCore
import NIOHTTP1
public import NIOHTTPTypes
import NIOWebSocket

/// Turns a connection of Hummingbird's HTTP/1 server into a WebSocket when a request on its path is a valid opening
/// handshake. All other requests, invalid handshakes among them, go on to the router, which has to refuse those.
///
/// It belongs among the `additionalChannelHandlers` of `HTTP1Channel`. The server's task for the connection stays: it
/// waits for a next request, which does not come, and ends with the connection.
public final class WebSocketUpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    public typealias InboundIn = HTTPRequestPart
    public typealias InboundOut = HTTPRequestPart
    public typealias OutboundIn = HTTPResponsePart
    public typealias OutboundOut = HTTPResponsePart

    private let path: String
    private let limits: WebSocketLimits
    private let refusal: @Sendable (HTTPRequest) -> String?
    private let makeSession: @Sendable (HTTPRequest) -> any WebSocketSession
    private let upgrader = NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
    /// A handshake whose request has not come to its end.
    private var pending: (request: HTTPRequest, handshake: WebSocketHandshake)?
    /// Requests that went on to the router and are not answered.
    private var unanswered = 0
    /// Whether the last of them asked for an upgrade. NIO's decoder reads nothing behind such a request, so a connection
    /// that stays what it is has to end with the answer.
    private var isLast = false

    /// - Parameter refusal: why a valid handshake is not granted; nil grants it. By default pages of other hosts are refused.
    public init(
        path: String, limits: WebSocketLimits = WebSocketLimits(),
        refusal: @escaping @Sendable (HTTPRequest) -> String? = { WebSocketHandshake.pageRefusal(of: $0) },
        makeSession: @escaping @Sendable (HTTPRequest) -> any WebSocketSession
    ) {
        self.path = path
        self.limits = limits
        self.refusal = refusal
        self.makeSession = makeSession
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            // Behind a request that is still being answered there is no place for the answer to a handshake.
            if unanswered == 0, request.path?.prefix(while: { $0 != "?" }) == path[...],
                let handshake = try? WebSocketHandshake(request, refusal: refusal)
            {
                pending = (request, handshake)
            } else {
                unanswered += 1
                isLast = WebSocketHandshake.asksForUpgrade(request)
                context.fireChannelRead(data)
            }
        case .body where pending != nil: break
        case .end:
            guard let pending else { return context.fireChannelRead(data) }
            self.pending = nil
            upgrade(pending.request, pending.handshake, context)
        default: context.fireChannelRead(data)
        }
    }

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var response) where isLast && unanswered == 1 && response.status.kind != .informational:
            response.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .end:
            unanswered -= 1
            context.write(data, promise: promise)
            guard isLast, unanswered == 0 else { return }
            context.flush()
            context.close(promise: nil)
        default: context.write(data, promise: promise)
        }
    }

    private func upgrade(_ request: HTTPRequest, _ handshake: WebSocketHandshake, _ context: ChannelHandlerContext) {
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: path,
            headers: ["Sec-WebSocket-Key": handshake.key, "Sec-WebSocket-Version": "13"])
        upgrader.buildUpgradeResponse(channel: context.channel, upgradeRequest: head, initialResponseHeaders: [:])
            .assumeIsolated().whenComplete { result in
                do {
                    try self.answer(try result.get(), request, context)
                } catch {
                    context.close(promise: nil)
                }
            }
    }

    private func answer(_ headers: HTTPHeaders, _ request: HTTPRequest, _ context: ChannelHandlerContext) throws {
        var response = HTTPResponse(status: .switchingProtocols)
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { response.headerFields[name] = value }
        }
        context.writeAndFlush(wrapOutboundOut(.head(response)), promise: nil)
        let pipeline = context.pipeline.syncOperations
        let decoder = ByteToMessageHandler(
            WebSocketFrameDecoder(maxFrameSize: limits.maximumFrameBytes),
            maximumBufferSize: limits.maximumFrameBytes + 64 * 1024)
        let connection = WebSocketConnection(limits: limits, session: makeSession(request))
        // In front of all of HTTP, which begins with the encoder, and behind TLS: whatever is read from now on comes here, and
        // nothing behind sees any of it.
        let encoder = try? pipeline.handler(type: HTTPResponseEncoder.self)
        try pipeline.addHandlers([decoder, connection], position: encoder.map { .before($0) } ?? .first)
        // The clock of idle HTTP connections is nothing for this one, and a thousand HTTP parsers take memory.
        if let handler = try? pipeline.handler(type: HTTPConnectionStateHandler.self) {
            pipeline.removeHandler(handler, promise: nil)
        }
        if let handler = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) {
            pipeline.removeHandler(handler, promise: nil)
        }
        if let handler = try? pipeline.handler(type: HTTPResponseEncoder.self) {
            pipeline.removeHandler(handler, promise: nil)
        }
        pipeline.removeHandler(self, promise: nil)
    }
}
