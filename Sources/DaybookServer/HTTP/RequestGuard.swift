import HTTPTypes
import LosslessJSON
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Holds a connection to what a request may take: the time for its head and for the whole of it, the size of its head, and
/// the time that its answer may wait to be read. What is wrong is answered like every other refusal.
///
/// It belongs behind the handlers of HTTP, and puts a ``ByteWatch`` in front of them. Timers run only for what does not
/// come at once.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    struct Limits: Sendable {
        /// From the first byte of a request to the end of its head.
        var head: Duration
        /// From the head to the end of the body.
        var request: Duration
        /// How long nothing of an answer is taken by the client.
        var answer: Duration
        /// What others hold requests to; for telling.
        var uriBytes: Int
        var headerBytes: Int
        var headerCount: Int
    }

    /// The request did not come to its end in time.
    struct TimedOut: Error {}

    private enum Phase {
        /// Between requests, or in the middle of a head.
        case head
        /// The head has come, the end has not.
        case body
        /// No more is taken.
        case closing
    }

    private let limits: Limits
    private var context: ChannelHandlerContext?
    private var watch: ByteWatch?
    private var phase = Phase.head
    /// Requests that went on and are not answered.
    private var unanswered = 0
    private var closesAfterAnswer = false
    /// Whether a part came out of the bytes that are being looked at.
    private var hasSeenPart = false
    /// Whether the first line of the head that is coming has ended, of what a head may have.
    private var hasFirstLine = false
    private var headBytes = 0
    private var timer: Scheduled<Void>?
    private var answerTimer: Scheduled<Void>?

    init(_ limits: Limits) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let pipeline = context.pipeline.syncOperations
        let watch = ByteWatch(self)
        guard let encoder = try? pipeline.handler(type: HTTPResponseEncoder.self),
            (try? pipeline.addHandler(watch, position: .before(encoder))) != nil
        else { return }
        self.watch = watch
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    private func stop() {
        timer?.cancel()
        timer = nil
        answerTimer?.cancel()
        answerTimer = nil
    }

    // MARK: - What comes

    fileprivate func bytesWillCome(_ bytes: ByteBuffer) {
        hasSeenPart = false
        guard phase == .head else { return }
        if timer == nil { (hasFirstLine, headBytes) = (false, 0) }
        if !hasFirstLine {
            let taken = max(0, limits.headerBytes - headBytes)
            hasFirstLine = bytes.readableBytesView.prefix(taken).contains(UInt8(ascii: "\n"))
        }
        headBytes += bytes.readableBytes
    }

    /// All that could be made of the bytes has been.
    fileprivate func bytesCame() {
        guard timer == nil else { return }
        switch phase {
        // Bytes behind the end of a request may be nothing but white space; those that follow will tell.
        case .head where !hasSeenPart: schedule(limits.head) { $0.headIsLate() }
        case .body: schedule(limits.request) { $0.requestIsLate() }
        case .head, .closing: break
        }
    }

    private func schedule(_ limit: Duration, _ body: @escaping (RequestGuard) -> Void) {
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) { [weak self] in
            guard let self else { return }
            timer = nil
            body(self)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .closing else { return }
        hasSeenPart = true
        switch unwrapInboundIn(data) {
        case .head:
            timer?.cancel()
            timer = nil
            phase = .body
            unanswered += 1
        case .body: break
        case .end:
            timer?.cancel()
            timer = nil
            phase = .head
        }
        context.fireChannelRead(data)
    }

    private func headIsLate() {
        let seconds = limits.head / .seconds(1)
        refuse(.requestTimeout, "the head of the request did not come to its end within \(seconds) seconds")
    }

    private func requestIsLate() {
        guard unanswered > 0 else {
            context?.close(promise: nil)
            return
        }
        // Whoever is waiting for the body answers.
        phase = .closing
        closesAfterAnswer = true
        context?.fireErrorCaught(TimedOut())
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        switch phase {
        case .closing: break
        case .body where unanswered == 0: context.close(promise: nil)
        // Whoever is waiting for the body answers.
        case .body:
            closesAfterAnswer = true
            context.fireErrorCaught(error)
        case .head where error == .headerOverflow && !hasFirstLine:
            refuse(.uriTooLong, Problem.uriTooLong(limits.uriBytes).detail)
        case .head where error == .headerOverflow:
            refuse(
                .requestHeaderFieldsTooLarge,
                "the headers of a request have \(limits.headerBytes) bytes and \(limits.headerCount) fields at most")
        case .head: refuse(.badRequest, "this is no valid HTTP request")
        }
    }

    /// Answers a request that never got as far as a route, and ends the connection.
    private func refuse(_ status: HTTPResponse.Status, _ detail: String) {
        guard let context, phase != .closing else { return }
        phase = .closing
        stop()
        // Answers to earlier requests come first, and the client has to ask again after them.
        guard unanswered == 0 else {
            closesAfterAnswer = true
            return
        }
        let body = Problem.body(status, detail)
        let headers: HTTPFields = [
            .contentType: "application/problem+json", .contentLength: "\(body.count)", .connection: "close",
        ]
        context.write(wrapOutboundOut(.head(HTTPResponse(status: status, headerFields: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        closeGently(context)
    }

    /// Ends this side, and the connection a little later: bytes that come to a socket that is closed would make the
    /// system drop what was sent and not read.
    private func closeGently(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    // MARK: - What goes

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let response) where response.status == .switchingProtocols:
            // This is its last act: a flush that comes after it would be lost.
            context.writeAndFlush(data, promise: promise)
            leave(context)
        case .head(var response) where closesAfterAnswer && unanswered == 1 && response.status.kind != .informational:
            response.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .end:
            unanswered -= 1
            context.write(data, promise: promise)
            guard closesAfterAnswer, unanswered == 0 else { return }
            context.flush()
            closeGently(context)
        default: context.write(data, promise: promise)
        }
    }

    /// The connection is no longer one of HTTP.
    private func leave(_ context: ChannelHandlerContext) {
        stop()
        let pipeline = context.pipeline.syncOperations
        if let watch { pipeline.removeHandler(watch, promise: nil) }
        pipeline.removeHandler(self, promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        answerTimer?.cancel()
        answerTimer = nil
        if !context.channel.isWritable {
            let channel = context.channel
            answerTimer = context.eventLoop.scheduleTask(in: TimeAmount(limits.answer)) { channel.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }
}

/// Tells a ``RequestGuard`` when bytes of requests come, before they are read and after.
private final class ByteWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let owner: RequestGuard

    init(_ owner: RequestGuard) {
        self.owner = owner
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        owner.bytesWillCome(unwrapInboundIn(data))
        context.fireChannelRead(data)
        owner.bytesCame()
    }
}
