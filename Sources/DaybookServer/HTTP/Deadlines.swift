import Synchronization

/// Gives up waiting for operations that take too long. One timer serves all of them, because a timer for each would cost
/// more than most of them do.
///
/// An operation is given up when its time is over, at the latest a quarter of it later.
final class Deadlines<Outcome: Sendable>: Sendable {
    private struct Operation {
        /// Nil until it has been started, which is when it waits for the first time.
        var task: Task<Void, Never>?
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Outcome?, Never>
    }

    private struct State {
        var operations: [Int: Operation] = [:]
        var lastID = 0
        var isSweeping = false
    }

    private let limit: Duration
    private let state = Mutex(State())

    init(_ limit: Duration) {
        self.limit = limit
    }

    /// Runs an operation in a task of its own, which is cancelled when it takes too long and then left behind.
    ///
    /// - Returns: nil when it took too long.
    func run(_ operation: @escaping @Sendable () async -> Outcome) async -> Outcome? {
        await withCheckedContinuation { continuation in
            let deadline = ContinuousClock.now.advanced(by: limit)
            let id = state.withLock { state in
                state.lastID += 1
                state.operations[state.lastID] = Operation(deadline: deadline, continuation: continuation)
                startSweeping(&state)
                return state.lastID
            }
            let task = Task.immediate(executorPreference: EventLoopTaskExecutor.current) {
                let outcome = await operation()
                self.take(id)?.continuation.resume(returning: outcome)
            }
            state.withLock { $0.operations[id]?.task = task }
        }
    }

    private func take(_ id: Int) -> Operation? {
        state.withLock { $0.operations.removeValue(forKey: id) }
    }

    private func startSweeping(_ state: inout State) {
        guard !state.isSweeping else { return }
        state.isSweeping = true
        Task {
            repeat { try? await Task.sleep(for: limit / 4) } while sweep()
        }
    }

    /// - Returns: whether there is anything left to look after.
    private func sweep() -> Bool {
        let now = ContinuousClock.now
        let (late, goesOn) = state.withLock { state in
            let late = state.operations.filter { $0.value.deadline <= now && $0.value.task != nil }
            for id in late.keys { state.operations[id] = nil }
            state.isSweeping = !state.operations.isEmpty
            return (Array(late.values), state.isSweeping)
        }
        for operation in late {
            operation.task?.cancel()
            operation.continuation.resume(returning: nil)
        }
        return goesOn
    }
}
