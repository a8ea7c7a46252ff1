import Synchronization

/// Lets one transaction at a time through, in the order of asking. (An actor would not do: it lets others in at every
/// `await` within the transaction.)
final class TransactionGate: Sendable {
    private struct State {
        var busy = false
        var closed = false
        var nextWaiter = 0
        var waiters: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = Mutex(State())

    /// - Throws: `CancellationError` when the task is cancelled before its turn; ``KafkaError`` after ``close()``.
    func enter() async throws {
        let number = state.withLock { state -> Int in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.closed { return .failure(KafkaError.closed("begin a transaction")) }
                    if state.busy {
                        state.waiters.append((number, continuation))
                        return nil
                    }
                    state.busy = true
                    return .success(())
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Nobody gets in any more.
    func close() {
        let waiters = state.withLock { state in
            state.closed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(throwing: KafkaError.closed("begin a transaction")) }
    }

    func leave() {
        let next = state.withLock { state in
            if state.waiters.isEmpty {
                state.busy = false
                return CheckedContinuation<Void, any Error>?.none
            }
            return state.waiters.removeFirst().continuation
        }
        next?.resume()
    }
}
