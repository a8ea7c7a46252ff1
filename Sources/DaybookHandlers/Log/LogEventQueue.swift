import Daybook
import Synchronization

/// Events made of log lines, on their way to the log of events. Bounded: when it is full, new ones are dropped and
/// counted, so that logging never waits.
public final class LogEventQueue: Sendable {
    /// What became of the lines so far.
    public struct Statistics: Hashable, Sendable {
        public var queued = 0
        /// Published, and acknowledged.
        public var published = 0
        /// Not taken, because the queue was full or closed.
        public var dropped = 0
        /// Taken, and refused by the log of events or given up.
        public var failed = 0
        /// Not taken, because they came of publishing log lines.
        public var ignored = 0
    }

    private struct State {
        var events: [Event] = []
        var isClosed = false
        var statistics = Statistics()
    }

    /// The most events that wait.
    public let capacity: Int
    private let state = Mutex(State())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    public init(capacity: Int = 10_000) {
        self.capacity = max(capacity, 1)
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    public var statistics: Statistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.queued = state.events.count
            return statistics
        }
    }

    /// Takes an event, if there is room. Never waits.
    func enqueue(_ event: Event) {
        let isFirst = state.withLock { state in
            guard !state.isClosed, state.events.count < capacity else {
                state.statistics.dropped += 1
                return false
            }
            state.events.append(event)
            return state.events.count == 1
        }
        if isFirst { wakeUp.yield() }
    }

    func ignore() {
        state.withLock { $0.statistics.ignored += 1 }
    }

    /// Waits until there are events, and returns all of them; nil when the queue is closed and empty, or the caller was
    /// cancelled.
    func next() async -> [Event]? {
        var iterator = wakeUps.makeAsyncIterator()
        while true {
            let events = state.withLock { state in
                defer { state.events = [] }
                return state.events
            }
            if !events.isEmpty { return events }
            guard await iterator.next() != nil else {
                // Closed: what came before that is still there.
                let rest = state.withLock { state in
                    defer { state.events = [] }
                    return state.events
                }
                return rest.isEmpty ? nil : rest
            }
        }
    }

    /// Takes no more. What is there is still given out.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.finish()
    }

    func count(published: Int, failed: Int) {
        state.withLock { state in
            state.statistics.published += published
            state.statistics.failed += failed
        }
    }
}
