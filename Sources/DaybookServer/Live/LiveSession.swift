import Daybook
import DaybookIndex
import HTTPTypes
import NIOCore
import WebSocket

/// One connection to `/ws`: waits for the `auth` message, and again for others that change what the subscriber is told.
///
/// All of it happens on the connection's event loop.
final class LiveSession: WebSocketSession {
    /// How many `auth` messages may be refused.
    private static let maximumRefusals = 5

    private let parts: LiveParts
    private var connection: WebSocketConnection?
    private var loop: LiveLoop?
    private var subscriber: LiveSubscriber?
    private var catchUp: Task<Void, Never>?
    private var watch: Task<Void, Never>?
    private var deadline: Scheduled<Void>?
    /// Of several `auth` messages the last one counts, however long it takes to look at each.
    private var lastAuth = 0
    private var refusals = 0

    init(_ parts: LiveParts) {
        self.parts = parts
    }

    func opened(_ connection: WebSocketConnection, on eventLoop: any EventLoop) {
        self.connection = connection
        loop = parts.feed.loop(on: eventLoop)
        let patience = parts.options.authTimeout
        deadline = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(patience)) { [weak connection] in
            connection?.close(.normal, "no auth message came within \(patience)")
        }
    }

    func received(_ message: WebSocketMessage) {
        guard case .text(let text) = message else {
            connection?.close(.unacceptableData, "messages are JSON in text frames")
            return
        }
        do {
            // As AYON does, all other messages are passed over.
            if let auth = try LiveAuth(text) { identify(auth) }
        } catch {
            connection?.close(error.code, error.reason)
        }
    }

    func closed() {
        deadline?.cancel()
        leave()
        connection = nil
    }

    private var log: RefusalLog {
        RefusalLog(
            logger: parts.gatekeeper.logger, method: "GET", route: "/ws", peer: connection?.remoteAddress)
    }

    private func leave() {
        catchUp?.cancel()
        catchUp = nil
        watch?.cancel()
        watch = nil
        if let subscriber { loop?.remove(subscriber) }
        subscriber = nil
    }

    private func identify(_ auth: LiveAuth) {
        guard let loop else { return }
        lastAuth += 1
        let number = lastAuth
        let gatekeeper = parts.gatekeeper
        loop.eventLoop.makeFutureWithTask { () -> Result<Caller, Gatekeeper.Refusal> in
            do throws(Gatekeeper.Refusal) {
                return .success(try await gatekeeper.identify(auth.token.map { .either($0) } ?? .none))
            } catch {
                return .failure(error)
            }
        }.assumeIsolated().whenSuccess { [self] outcome in
            guard connection != nil, number == lastAuth else { return }
            switch outcome {
            case .success(let caller):
                if gatekeeper.rates.wait(caller, from: log.peer) != nil {
                    connection?.close(
                        .policyViolation, "more requests than the server takes of one caller (--rate-limit)")
                    return
                }
                do throws(LiveEnd) {
                    try subscribe(auth, caller)
                } catch {
                    connection?.close(error.code, error.reason)
                }
            case .failure(let refusal) where refusal.isUnavailable:
                connection?.close(.tryAgainLater, refusal.detail)
            case .failure(let refusal):
                // One that is refused changes nothing; who has no other is closed when its time is over.
                refusals += 1
                if gatekeeper.note(refusal, in: log) != nil || refusals >= Self.maximumRefusals {
                    connection?.close(.policyViolation, "too many auth messages that were refused")
                }
            }
        }
    }

    private func subscribe(_ auth: LiveAuth, _ caller: Caller) throws(LiveEnd) {
        guard let connection, let loop else { return }
        let node: DaybookNode.Parts
        do {
            node = try parts.node.parts()
        } catch {
            throw LiveEnd(code: .tryAgainLater, reason: "the log is not open: \(error)")
        }
        deadline?.cancel()
        leave()
        let subscriber = LiveSubscriber(
            .topics(
                TopicSelection(
                    prefixes: auth.prefixes, project: auth.project, user: caller.user(claimed: auth.user),
                    reading: caller.reading)),
            auth.start == nil ? .ayon : .resumable, heartbeatInterval: parts.options.heartbeatInterval,
            to: WebSocketReceiver(connection))
        self.subscriber = subscriber
        loop.add(subscriber)
        if let start = auth.start {
            let work = LiveCatchUp(feed: parts.feed, loop: loop, subscriber: subscriber, parts: node)
            catchUp = Task { await work.tell { try await work.run(from: start) } }
        } else {
            _ = loop.join(subscriber, at: nil)
        }
        watch = Task { [keys = node.catalog.keys, eventLoop = loop.eventLoop, log] in
            guard let reason = try? await keys.end(of: caller) else { return }
            log.write("it was broken off: \(reason)", name: caller.name ?? "no key")
            eventLoop.execute { subscriber.receiver.end(LiveEnd(code: .policyViolation, reason: reason)) }
        }
        // AYON's client counts itself as connected once something came.
        loop.greet(subscriber)
    }
}

extension LiveEnd {
    /// Nil when the subscriber ended it.
    init?(_ error: any Error) {
        switch error {
        case is CancellationError, is ChannelError: return nil
        case let end as LiveEnd: self = end
        case let problem as Problem:
            let isPassing = problem.status == .serviceUnavailable
            let texts = problem.errors.map(\.message) + (problem.errors.isEmpty ? [problem.detail] : [])
            self.init(
                code: isPassing ? .tryAgainLater : .policyViolation, reason: "from: \(texts.joined(separator: "; "))")
        case LogError.outOfRange(let position, let available):
            self.init(
                code: .policyViolation,
                reason: "from: \(position) is not stored: there are \(available.low) up to \(available.end)")
        default: self.init(code: .tryAgainLater, reason: "the log cannot be read now: \(error)")
        }
    }
}
