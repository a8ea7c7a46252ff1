import Daybook
import Synchronization

/// Aborts a transaction that stays open for too long. One timer looks after all of them, since setting one takes longer
/// than most transactions do.
final class TransactionWatch: Sendable {
    private struct State {
        /// Only one is open at a time.
        var open: (gate: TransactionGate, deadline: ContinuousClock.Instant)?
        var isWatching = false
    }

    private let limit: Duration
    private let abort: @Sendable (TransactionGate) -> Void
    private let state = Mutex(State())

    init(limit: Duration, abort: @escaping @Sendable (TransactionGate) -> Void) {
        self.limit = limit
        self.abort = abort
    }

    /// The transaction is open from now on.
    func begin(_ gate: TransactionGate) {
        let deadline = ContinuousClock.now.advanced(by: limit)
        let starts = state.withLock { state in
            state.open = (gate, deadline)
            defer { state.isWatching = true }
            return !state.isWatching
        }
        if starts { Task { await watch(from: deadline) } }
    }

    func end(_ gate: TransactionGate) {
        state.withLock { state in
            if state.open?.gate === gate { state.open = nil }
        }
    }

    private func watch(from deadline: ContinuousClock.Instant) async {
        var next: ContinuousClock.Instant? = deadline
        while let deadline = next {
            try? await Task.sleep(until: deadline, clock: .continuous)
            let late: TransactionGate?
            (late, next) = look()
            if let late { abort(late) }
        }
    }

    /// - Returns: the transaction whose time is over, and when to look again; nil ends it.
    private func look() -> (late: TransactionGate?, next: ContinuousClock.Instant?) {
        state.withLock { state in
            guard let open = state.open else {
                state.isWatching = false
                return (nil, nil)
            }
            guard open.deadline <= .now else { return (nil, open.deadline) }
            state.open = nil
            state.isWatching = false
            return (open.gate, nil)
        }
    }
}
