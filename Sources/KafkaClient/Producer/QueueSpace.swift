import Synchronization

/// Where producers wait while librdkafka's queue is full.
final class QueueSpace: Sendable {
    private struct State {
        var closed = false
        /// Counts the drains, so that one between "full" and "wait" is noticed.
        var drains = 0
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// To be read before an attempt to enqueue, and given to ``wait(since:)`` when that finds the queue full.
    var drains: Int { state.withLock { $0.drains } }

    var isClosed: Bool { state.withLock { $0.closed } }

    /// Messages have left the queue.
    func madeRoom() {
        wake { $0.drains += 1 }
    }

    /// There will be no more room; those who wait go on, and find it closed.
    func close() {
        wake { $0.closed = true }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Returns when something was drained since `drains` was read, after `deadline`, when the task is cancelled, or at
    /// the end.
    func wait(since drains: Int, until deadline: ContinuousClock.Instant?) async {
        // Whoever else is woken by it finds the queue as full as before.
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                madeRoom()
            }
        }
        defer { timer?.cancel() }
        let number = state.withLock { state -> Int in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> Bool in
                    if state.closed || state.drains != drains || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }
}
