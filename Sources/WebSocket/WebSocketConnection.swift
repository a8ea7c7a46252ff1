public import NIOCore
public import NIOWebSocket

/// One WebSocket, on the server's side. All of it belongs to the channel's event loop.
///
/// It answers pings, pings the peer itself, keeps to the closing handshake, and holds back what the peer does not read:
/// up to its limits, beyond which the connection is closed with 1013. Writing to it never waits.
public final class WebSocketConnection: ChannelInboundHandler {
    public typealias InboundIn = WebSocketFrame
    public typealias OutboundOut = ByteBuffer

    private enum Phase {
        case open
        /// A close frame was sent; what else comes from the peer is of no interest.
        case closing
        case closed
    }

    private let limits: WebSocketLimits
    private var session: (any WebSocketSession)?
    private var assembler: MessageAssembler
    private var context: ChannelHandlerContext?
    private var phase = Phase.open
    /// Frames behind the channel's buffer.
    private var waiting = CircularBuffer<ByteBuffer>()
    private var waitingBytes = 0
    private var drainPromises: [EventLoopPromise<Void>] = []
    private var wasHeard = true
    private var timer: Scheduled<Void>?

    package init(limits: WebSocketLimits, session: any WebSocketSession) {
        self.limits = limits
        self.session = session
        assembler = MessageAssembler(limits)
    }

    public var isOpen: Bool { phase == .open }
    /// The peer's address; nil when it is not known.
    public var remoteAddress: SocketAddress? { context?.remoteAddress }
    /// Messages that wait because the peer does not read.
    public var waitingCount: Int { waiting.count }

    // MARK: - Sending

    /// Sends a frame that ``WebSocketFrameBytes`` made; ``flush()`` has to follow. On a connection that is not open it is dropped.
    public func write(_ frame: ByteBuffer) {
        guard phase == .open, let context else { return }
        if waiting.isEmpty, context.channel.isWritable {
            return context.write(wrapOutboundOut(frame), promise: nil)
        }
        guard waiting.count < limits.maximumWaitingMessages,
            waitingBytes + frame.readableBytes <= limits.maximumWaitingBytes
        else {
            return close(.tryAgainLater, "too slow: more than \(waiting.count) messages are waiting to be read")
        }
        waiting.append(frame)
        waitingBytes += frame.readableBytes
    }

    public func flush() {
        guard phase == .open else { return }
        context?.flush()
    }

    /// Succeeds the promise when nothing waits for the peer any more; fails it when the connection is closed before.
    public func whenDrained(_ promise: EventLoopPromise<Void>) {
        guard phase == .open, let context else { return promise.fail(ChannelError.alreadyClosed) }
        if waiting.isEmpty, context.channel.isWritable { promise.succeed() } else { drainPromises.append(promise) }
    }

    /// Begins the closing handshake. What waits is dropped.
    public func close(_ code: WebSocketCloseCode, _ reason: String) {
        close(code, reason, within: limits.closeTimeout)
    }

    private func close(_ code: WebSocketCloseCode, _ reason: String, within timeout: Duration) {
        guard phase == .open, let context else { return }
        phase = .closing
        context.writeAndFlush(wrapOutboundOut(WebSocketFrameBytes.close(code, reason)), promise: nil)
        end()
        let loop = context.eventLoop.assumeIsolated()
        timer?.cancel()
        timer = loop.scheduleTask(in: TimeAmount(timeout)) { [weak self] in
            self?.context?.close(promise: nil)
        }
    }

    private func end() {
        waiting.removeAll()
        waitingBytes = 0
        let promises = drainPromises
        drainPromises = []
        for promise in promises { promise.fail(ChannelError.alreadyClosed) }
        let session = session
        self.session = nil
        session?.closed()
    }

    // MARK: - The channel

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        schedulePing(context)
        session?.opened(self, on: context.eventLoop)
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        finish()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    private func finish() {
        guard phase != .closed else { return }
        phase = .closed
        timer?.cancel()
        timer = nil
        end()
        context = nil
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        wasHeard = true
        guard phase == .open else {
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        do {
            switch try assembler.take(frame) {
            case .message(let message): session?.received(message)
            // A peer that pings and does not read has to do without answers (section 5.5.3 allows it).
            case .ping(let data) where context.channel.isWritable:
                context.writeAndFlush(
                    wrapOutboundOut(WebSocketFrameBytes.frame(.pong, data.readableBytesView)), promise: nil)
            case .close(let code): answerClose(code, context)
            case .ping, .pong, nil: break
            }
        } catch {
            close(error.code, error.reason)
        }
    }

    private func answerClose(_ code: WebSocketCloseCode?, _ context: ChannelHandlerContext) {
        phase = .closing
        end()
        let frame = code.map { WebSocketFrameBytes.close($0, "") } ?? WebSocketFrameBytes.frame(.close, [])
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        context.close(promise: nil)
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        defer { context.fireChannelWritabilityChanged() }
        guard phase == .open, context.channel.isWritable else { return }
        var hasWritten = false
        while phase == .open, context.channel.isWritable, let frame = waiting.popFirst() {
            waitingBytes -= frame.readableBytes
            context.write(wrapOutboundOut(frame), promise: nil)
            hasWritten = true
        }
        if hasWritten { context.flush() }
        guard waiting.isEmpty, context.channel.isWritable else { return }
        let promises = drainPromises
        drainPromises = []
        for promise in promises { promise.succeed() }
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        // The handler of idle HTTP connections behind would close at once.
        case is ChannelShouldQuiesceEvent:
            close(.goingAway, "the server is shutting down", within: limits.shutdownTimeout)
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            close(.messageTooBig, "a frame has \(limits.maximumFrameBytes) bytes at most")
        case is NIOWebSocketError: close(.protocolError, "a frame that RFC 6455 does not allow")
        // The decoder gave up; the closing handshake is under way.
        case is ByteToMessageDecoderError where phase != .open: break
        default: context.close(promise: nil)
        }
    }

    private func schedulePing(_ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.pingInterval)) { [weak self] in
            guard let self, phase == .open, let context = self.context else { return }
            guard wasHeard else {
                return close(.policyViolation, "no answer to a ping within \(limits.pingInterval)")
            }
            wasHeard = false
            if context.channel.isWritable {
                context.writeAndFlush(wrapOutboundOut(WebSocketFrameBytes.frame(.ping, [])), promise: nil)
            }
            schedulePing(context)
        }
    }
}
