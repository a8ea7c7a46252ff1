import Daybook
import Synchronization

/// Whether the projector has come to where the log ended when it started, and who waits for that.
final class CatchUp: Sendable {
    struct State {
        /// The ends still to be reached; nil before they are known.
        var goals: [StreamPartition: Int64]?
        var starts: [StreamPartition: Int64] = [:]
        var total: Int64 = 0
        var left: Int64 = 0
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
        var lastID = 0
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// How much was found at the start, and how much of it was applied; nil when all of it was.
    var progress: (applied: Int64, total: Int64)? {
        state.withLock { state in
            if let goals = state.goals, goals.isEmpty { return nil }
            return (state.total - state.left, state.total)
        }
    }

    /// Sets out from these offsets to these ends. When it was begun before, the ends of then still count.
    func begin(_ starts: [StreamPartition: Int64], _ ends: [StreamPartition: Int64]) {
        let ready: [CheckedContinuation<Void, any Error>] = state.withLock { state in
            guard state.goals == nil else { return [] }
            let goals = ends.filter { $0.value > starts[$0.key] ?? 0 }
            state.goals = goals
            state.starts = starts
            state.total = goals.reduce(0) { $0 + $1.value - (starts[$1.key] ?? 0) }
            state.left = state.total
            return state.takeIfReached()
        }
        for waiter in ready { waiter.resume() }
    }

    func reached(_ partition: StreamPartition, next: Int64) {
        let ready: [CheckedContinuation<Void, any Error>] = state.withLock { state in
            guard let goal = state.goals?[partition] else { return [] }
            let start = state.starts[partition] ?? 0
            state.left -= max(0, min(next, goal) - start)
            state.starts[partition] = max(start, min(next, goal))
            if next >= goal { state.goals?[partition] = nil }
            return state.takeIfReached()
        }
        for waiter in ready { waiter.resume() }
    }

    func wait() async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if let goals = state.goals, goals.isEmpty { return .success(()) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }
}

extension CatchUp.State {
    fileprivate mutating func takeIfReached() -> [CheckedContinuation<Void, any Error>] {
        guard let goals, goals.isEmpty else { return [] }
        defer { waiters = [:] }
        return Array(waiters.values)
    }
}
