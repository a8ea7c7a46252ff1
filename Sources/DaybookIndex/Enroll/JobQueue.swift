import Daybook
import Synchronization

/// A queue and who waits for it. Its lock may be held while the index is read, never the other way round.
final class JobQueue: Sendable {
    struct Waiter {
        let id: Int
        let holder: Holder
        let continuation: CheckedContinuation<Void, Never>
    }

    struct State {
        var queue: QueueState
        var waiters: [Waiter] = []
        var lastID = 0
        /// Cancelled before they came to wait.
        var cancelled: Set<Int> = []
        var isRetired = false
    }

    /// How many sources are looked for at a time, and how few may be ready before it is looked for more.
    static let scanned = 256
    static let fewest = 128
    /// How many payloads are read at a time.
    static let payloads = 512

    let key: QueueKey
    let index: EventIndex
    let now: @Sendable () -> Timestamp
    let state: Mutex<State>

    init(_ key: QueueKey, _ index: EventIndex, window: Int, now: @escaping @Sendable () -> Timestamp) {
        self.key = key
        self.index = index
        self.now = now
        state = Mutex(State(queue: QueueState(key, window: window)))
    }

    /// How many sources it remembers.
    var count: Int { state.withLock { $0.queue.sources.count } }

    var isRetired: Bool { state.withLock(\.isRetired) }

    /// It is no longer kept up to date; who waits must look for another one.
    func retire() {
        wake { state in
            state.isRetired = true
            return true
        }
    }

    // MARK: - Choosing

    /// The next sources to be claimed by a holder.
    ///
    /// - Parameter had: of these it has the jobs already.
    func pick(_ count: Int, for holder: Holder, besides had: Set<EventID>) -> [EventID] {
        let time = now().microseconds
        return state.withLock { $0.queue.pick(count, for: holder, besides: had, at: time) }
    }

    func settle(_ id: EventID, _ verdict: Result<Verdict, LogError>, for holder: Holder, lease: Duration?) {
        let time = now().microseconds
        wake { state in
            switch verdict {
            case .success(let verdict): state.queue.settle(id, verdict, for: holder, lease: lease, at: time)
            case .failure: state.queue.unclaim(id)
            }
            return false
        }
    }

    /// Gives a source back that was picked and not asked for.
    func unclaim(_ id: EventID) {
        wake { state in
            state.queue.unclaim(id)
            return false
        }
    }

    // MARK: - Waiting

    /// Waits until there may be something for a holder.
    func wait(for holder: Holder, until deadline: ContinuousClock.Instant) async {
        var end = deadline
        if let timer = state.withLock({ $0.queue.nextTimer }) {
            let pause = Duration.microseconds(max(timer - now().microseconds, 0)) + .milliseconds(1)
            end = min(end, .now.advanced(by: pause))
        }
        await withTaskGroup(of: Void.self) { [end] group in
            group.addTask { await self.change(for: holder) }
            group.addTask { try? await Task.sleep(until: end, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Who was woken and takes nothing lets the next one in.
    func passOn() {
        wake { _ in false }
    }

    private func change(for holder: Holder) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.cancelled.remove(id) != nil || state.isRetired || state.queue.hasChoice(for: holder) {
                        return true
                    }
                    state.waiters.append(Waiter(id: id, holder: holder, continuation: continuation))
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                guard let at = state.waiters.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil as Waiter?
                }
                return state.waiters.remove(at: at)
            }
            waiter?.continuation.resume()
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    /// Does something to the queue and wakes as many of those who wait as may find something.
    ///
    /// - Parameter body: tells whether all of them are to look.
    func wake(_ body: (inout State) -> Bool) {
        let woken: [Waiter] = state.withLock { state in
            let all = body(&state)
            guard !state.waiters.isEmpty else { return [] }
            let isForAll = all || key.isSequential || !state.queue.unread.isEmpty
            let count = isForAll ? state.waiters.count : min(state.queue.readyCount, state.waiters.count)
            defer { state.waiters.removeFirst(count) }
            return Array(state.waiters.prefix(count))
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    // MARK: - Telling

    func summary() -> QueueSummary {
        let time = now().microseconds
        return state.withLock { state in
            state.queue.pass(to: time)
            state.queue.hideOld(at: time)
            return QueueSummary(state.queue)
        }
    }
}
