import Daybook
import DequeModule
import NIOCore
import Synchronization
import WebSocket

/// The subscribers that one event loop serves.
///
/// Unchecked, because all but the inbox belongs to the thread of the event loop.
final class LiveLoop: @unchecked Sendable {
    enum Post: Sendable {
        case messages([LiveMessage], next: [StreamPartition: Int64])
        /// The order of a partition was lost: who wanted everything did not get it.
        case lost(StreamPartition)
    }

    /// How many messages are delivered before the connections get to do other things.
    private static let slice = 64

    let eventLoop: any EventLoop
    private unowned let feed: LiveFeed
    private let inbox = Mutex((posts: [Post](), isScheduled: false))
    private var work: Deque<Post> = []
    private var subscribers: [ObjectIdentifier: LiveSubscriber] = [:]
    /// Those that are told of what comes, by what they want.
    private var groups: [LiveSelection: [ObjectIdentifier: LiveSubscriber]] = [:]
    /// What was delivered last, and where the index was then.
    private var delivered: (sequence: Int, next: [StreamPartition: Int64]) = (0, [:])
    private var ticker: RepeatedTask?

    init(_ eventLoop: any EventLoop, feed: LiveFeed) {
        self.eventLoop = eventLoop
        self.feed = feed
    }

    /// From any thread.
    func post(_ post: Post) {
        let isFirst = inbox.withLock { inbox in
            inbox.posts.append(post)
            defer { inbox.isScheduled = true }
            return !inbox.isScheduled
        }
        if isFirst { eventLoop.execute { self.takeIn() } }
    }

    // MARK: - On the thread of the event loop

    private func takeIn() {
        let posts = inbox.withLock { inbox in
            defer { inbox = ([], false) }
            return inbox.posts
        }
        let isIdle = work.isEmpty
        work.append(contentsOf: posts)
        if isIdle { deliver() }
    }

    private func deliver() {
        var left = Self.slice
        var dirty: [LiveSubscriber] = []
        let now = NIODeadline.now()
        while left > 0, let post = work.popFirst() {
            switch post {
            case .messages(let messages, let next):
                let part = messages.prefix(left)
                left -= part.count
                for message in part { deliver(message, now, &dirty) }
                if part.count < messages.count {
                    work.prepend(.messages(Array(messages.dropFirst(part.count)), next: next))
                } else if let last = messages.last {
                    delivered = (last.sequence, next)
                }
            case .lost(let partition):
                for subscriber in subscribers.values where subscriber.shape != .ayon {
                    subscriber.receiver.end(
                        LiveEnd(
                            code: .internalError,
                            reason: "records of \(partition) were lost: begin again from a time"))
                }
            }
        }
        for subscriber in dirty {
            subscriber.isDirty = false
            subscriber.receiver.flush()
        }
        if !work.isEmpty { eventLoop.execute { self.deliver() } }
    }

    private func deliver(_ message: LiveMessage, _ now: NIODeadline, _ dirty: inout [LiveSubscriber]) {
        for (selection, members) in groups where selection.includes(message) {
            for subscriber in members.values where subscriber.deliver(message) {
                subscriber.lastWrite = now
                if !subscriber.isDirty {
                    subscriber.isDirty = true
                    dirty.append(subscriber)
                }
            }
        }
    }

    /// Takes in one that is not told of anything yet but that it is there.
    func add(_ subscriber: LiveSubscriber) {
        guard subscribers.updateValue(subscriber, forKey: ObjectIdentifier(subscriber)) == nil else { return }
        feed.enter()
        if ticker == nil {
            ticker = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in self.tick() }
        }
    }

    func remove(_ subscriber: LiveSubscriber) {
        guard subscribers.removeValue(forKey: ObjectIdentifier(subscriber)) != nil else { return }
        groups[subscriber.selection]?[ObjectIdentifier(subscriber)] = nil
        if groups[subscriber.selection]?.isEmpty == true { groups[subscriber.selection] = nil }
        feed.leave()
        if subscribers.isEmpty {
            ticker?.cancel()
            ticker = nil
        }
    }

    /// Tells one of everything from now on, or behind a vector.
    ///
    /// - Returns: false when it has to read more of the log before.
    func join(_ subscriber: LiveSubscriber, at vector: PositionVector?) -> Bool {
        // One that has gone meanwhile wants nothing more.
        guard subscribers[ObjectIdentifier(subscriber)] != nil else { return true }
        guard let join = feed.join(at: vector) else { return false }
        for message in join.backlog where subscriber.selection.includes(message) {
            if subscriber.hand(message) { subscriber.lastWrite = .now() }
        }
        subscriber.receiver.flush()
        subscriber.join(join)
        groups[subscriber.selection, default: [:]][ObjectIdentifier(subscriber)] = subscriber
        return true
    }

    /// Tells one that it is connected.
    func greet(_ subscriber: LiveSubscriber) { beat(subscriber, .now()) }

    private func tick() {
        let now = NIODeadline.now()
        for subscriber in subscribers.values where now - subscriber.lastWrite >= subscriber.heartbeatInterval {
            beat(subscriber, now)
        }
    }

    private func beat(_ subscriber: LiveSubscriber, _ now: NIODeadline) {
        subscriber.lastWrite = now
        let token = subscriber.isJoined && work.isEmpty
        subscriber.receiver.write(
            LiveText.heartbeat(subscriber.shape, token: token ? subscriber.token(delivered) : nil))
        subscriber.receiver.flush()
    }
}
