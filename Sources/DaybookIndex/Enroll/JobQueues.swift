import Daybook
import Synchronization

/// The queues of this process: those asked for last, kept up to date with the index.
final class JobQueues: Sendable {
    /// How many queues are kept, and how many sources all of them may remember.
    static let maximumQueues = 64
    static let maximumSources = 1_000_000

    private struct State {
        /// The one asked for last comes last.
        var queues: [JobQueue] = []
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

    /// The queue of a key; made when it is not there.
    func queue(_ key: QueueKey) -> JobQueue {
        let (queue, retired) = state.withLock { state -> (JobQueue, [JobQueue]) in
            if let last = state.queues.last, last.key == key { return (last, []) }
            if let at = state.queues.firstIndex(where: { $0.key == key }) {
                let queue = state.queues.remove(at: at)
                state.queues.append(queue)
                return (queue, [])
            }
            var retired: [JobQueue] = []
            var size = state.queues.reduce(0) { $0 + $1.count }
            while let oldest = state.queues.first,
                state.queues.count >= Self.maximumQueues || size > Self.maximumSources
            {
                size -= oldest.count
                retired.append(state.queues.removeFirst())
            }
            let queue = JobQueue(key, index, window: window, now: now)
            state.queues.append(queue)
            follow(state)
            return (queue, retired)
        }
        for queue in retired { queue.retire() }
        return queue
    }

    /// The queues there are, for a target or all.
    func queues(target: String?) -> [JobQueue] {
        state.withLock(\.queues).filter { target == nil || $0.key.target == target }
    }

    private func follow(_ state: State) {
        var patterns: Set<TopicPattern> = []
        for queue in state.queues {
            patterns.formUnion(queue.key.sources)
            if let target = TopicPattern(queue.key.target) { patterns.insert(target) }
        }
        index.watch(Array(patterns))
    }

    /// Takes in what a batch changed. Called when the index has it, before anybody is told so.
    func absorb(_ batch: RecordBatch) {
        let (touches, packed) = index.takeTouches()
        guard !touches.isEmpty else { return }
        let events = TouchedEvents(packed)
        for queue in state.withLock(\.queues) { queue.absorb(touches, events, batch) }
    }
}
