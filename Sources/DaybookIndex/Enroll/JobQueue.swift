import Daybook
import Synchronization

/// A queue and who waits for it. Its lock may be held while the index is read, never the other way round.
final class JobQueue: Sendable {
    struct Waiter {
        let id: Int
        /// When it looks again by itself; `max` when only at the end of its time.
        let timer: Int64
        let continuation: CheckedContinuation<Void, Never>
    }

    struct Picked {
        var sources: [EventID]
        /// How much the index had told of sources and jobs by then.
        var revision: Int
        /// False when there is nothing to choose so far, but not all sources were looked at.
        var isFinal: Bool
    }

    struct State {
        var queue: QueueState
        var waiters: [Waiter] = []
        var lastID = 0
        /// Cancelled before they came to wait.
        var cancelled: Set<Int> = []
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

    // MARK: - Choosing

    /// The next sources to be claimed by a holder.
    ///
    /// - Parameter had: of these it has the jobs already.
    func pick(_ count: Int, for holder: Holder, besides had: Set<EventID>) -> Picked {
        let time = now().microseconds
        return state.withLock { state in
            let sources = state.queue.pick(count, for: holder, besides: had, at: time)
            return Picked(
                sources: sources, revision: state.queue.revision, isFinal: !sources.isEmpty || !state.queue.needsMore)
        }
    }

    /// - Parameter revision: see ``Picked``.
    func settle(
        _ id: EventID, _ verdict: Result<Verdict, LogError>, for holder: Holder, lease: Duration?, since revision: Int
    ) {
        let time = now().microseconds
        wake { state in
            switch verdict {
            case .success(let verdict):
                state.queue.settle(id, verdict, for: holder, lease: lease, since: revision, at: time)
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
        let timer = state.withLock(\.queue.nextTimer)
        if timer != .max {
            let pause = Duration.microseconds(max(timer - now().microseconds, 0)) + .milliseconds(1)
            end = min(end, .now.advanced(by: pause))
        }
        await withTaskGroup(of: Void.self) { [end] group in
            group.addTask { await self.change(for: holder, before: timer) }
            group.addTask { try? await Task.sleep(until: end, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Who waited and leaves lets the next one in, to what it did not take and to the time it would have looked at.
    func passOn() {
        wake { _ in false }
    }

    /// - Parameter timer: when the caller looks again in any case.
    private func change(for holder: Holder, before timer: Int64) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.cancelled.remove(id) != nil || state.queue.nextTimer < timer
                        || state.queue.hasChoice(for: holder)
                    {
                        return true
                    }
                    state.waiters.append(Waiter(id: id, timer: timer, continuation: continuation))
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
            var count = isForAll ? state.waiters.count : min(state.queue.readyCount, state.waiters.count)
            // A rest or a lease may end before any of them would look again: one of them must know.
            let timer = state.queue.nextTimer
            if count == 0, timer != .max, !state.waiters.contains(where: { $0.timer <= timer }) { count = 1 }
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
