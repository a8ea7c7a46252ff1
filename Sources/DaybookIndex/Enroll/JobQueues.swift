import Daybook
import Synchronization

/// The queues of this process: those that are in use and those asked for last, kept up to date with the index.
final class JobQueues: Sendable {
    /// How many queues are kept for those who may ask again, and how many sources all of them may remember.
    static let maximumQueues = 64
    static let maximumSources = 1_000_000
    /// How many queues may be in use at once: each one looks at every record of its topics.
    static let maximumQueuesInUse = 1024

    private struct Entry {
        let queue: JobQueue
        /// How many requests choose from it or wait for it now.
        var users = 0
        /// The number of the use that was the last one.
        var lastUse = 0
    }

    private struct State {
        var entries: [QueueKey: Entry] = [:]
        var uses = 0
    }

    private let index: EventIndex
    private let window: Int
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// - Parameter window: see ``QueueState/window``.
    init(_ index: EventIndex, window: Int = QueueState.window, now: @escaping @Sendable () -> Timestamp) {
        self.index = index
        self.window = window
        self.now = now
    }

    /// The queue of a key; made when it is not there. It stays until it is released as often as it was asked for.
    ///
    /// - Throws: ``LogError/unavailable(_:)`` when too many others are in use.
    func use(_ key: QueueKey) throws(PublishError) -> JobQueue {
        let queue = state.withLock { state -> JobQueue? in
            var entry: Entry
            if let found = state.entries[key] {
                entry = found
            } else {
                makeRoom(&state)
                guard state.entries.count < Self.maximumQueuesInUse else { return nil }
                entry = Entry(queue: add(key, &state))
            }
            state.uses += 1
            entry.lastUse = state.uses
            entry.users += 1
            state.entries[key] = entry
            return entry.queue
        }
        guard let queue else {
            throw .log(
                .unavailable(
                    """
                    workers ask for jobs in \(Self.maximumQueuesInUse) different ways at once, and no more are \
                    possible: ask again later
                    """))
        }
        return queue
    }

    /// The end of a use.
    func release(_ queue: JobQueue) {
        state.withLock { $0.entries[queue.key]?.users -= 1 }
    }

    /// The queue of a key, for one look: no other queue makes room for it.
    func peek(_ key: QueueKey) -> JobQueue {
        state.withLock { state in
            if let found = state.entries[key] { return found.queue }
            guard state.entries.count < Self.maximumQueues else {
                return JobQueue(key, index, window: window, now: now)
            }
            return add(key, &state)
        }
    }

    /// The queues there are, for a target or all; the one asked for last comes last.
    func queues(target: String?) -> [JobQueue] {
        state.withLock { Array($0.entries.values) }
            .filter { target == nil || $0.queue.key.target == target }
            .sorted { $0.lastUse < $1.lastUse }
            .map(\.queue)
    }

    private func add(_ key: QueueKey, _ state: inout State) -> JobQueue {
        let queue = JobQueue(key, index, window: window, now: now)
        state.entries[key] = Entry(queue: queue, lastUse: state.uses)
        follow(state)
        return queue
    }

    /// Lets queues go that nobody uses, the one asked for longest ago first, until one more fits. One that is in use
    /// stays whatever the bounds say: who waits for it would only make it again.
    private func makeRoom(_ state: inout State) {
        var size = state.entries.values.reduce(0) { $0 + $1.queue.count }
        func isFull() -> Bool { state.entries.count >= Self.maximumQueues || size > Self.maximumSources }
        guard isFull() else { return }
        for entry in state.entries.values.filter({ $0.users == 0 }).sorted(by: { $0.lastUse < $1.lastUse }) {
            guard isFull() else { return }
            size -= entry.queue.count
            state.entries[entry.queue.key] = nil
        }
    }

    private func follow(_ state: State) {
        var patterns: Set<TopicPattern> = []
        for key in state.entries.keys {
            patterns.formUnion(key.sources)
            if let target = TopicPattern(key.target) { patterns.insert(target) }
        }
        index.watch(Array(patterns))
    }

    /// Takes in what a batch changed. Called when the index has it, before anybody is told so.
    func absorb(_ batch: RecordBatch) {
        let (touches, packed) = index.takeTouches()
        guard !touches.isEmpty else { return }
        let events = TouchedEvents(packed)
        for queue in state.withLock({ $0.entries.values.map(\.queue) }) { queue.absorb(touches, events, batch) }
    }
}
