import Daybook
import DaybookIndex
import HTTPTypes
import NIOCore
import WebSocket

/// One connection to `/ws`: waits for the `auth` message, and again for others that change what the subscriber is told.
///
/// All of it happens on the connection's event loop.
final class LiveSession: WebSocketSession {
    private let parts: LiveParts
    private var connection: WebSocketConnection?
    private var loop: LiveLoop?
    private var subscriber: LiveSubscriber?
    private var catchUp: Task<Void, Never>?
    private var deadline: Scheduled<Void>?

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
            if let auth = try LiveAuth(text) { try subscribe(auth) }
        } catch {
            connection?.close(error.code, error.reason)
        }
    }

    func closed() {
        deadline?.cancel()
        leave()
        connection = nil
    }

    private func leave() {
        catchUp?.cancel()
        catchUp = nil
        if let subscriber { loop?.remove(subscriber) }
        subscriber = nil
    }

    private func subscribe(_ auth: LiveAuth) throws(LiveEnd) {
        guard let connection, let loop else { return }
        // A repeated one that is refused changes nothing.
        guard let caller = CallerIdentity.decide(token: auth.token, claimedUser: auth.user) else { return }
        let node: DaybookNode.Parts
        do {
            node = try parts.node.parts()
        } catch {
            throw LiveEnd(code: .tryAgainLater, reason: "the log is not open: \(error)")
        }
        deadline?.cancel()
        leave()
        let subscriber = LiveSubscriber(
            .topics(TopicSelection(prefixes: auth.prefixes, project: auth.project, user: caller.user)),
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
