import Synchronization

/// Spreads what happens: never more than so many per second, evenly.
final class RateLimit: Sendable {
    private let interval: Duration
    private let next = Mutex(ContinuousClock.now)

    init(perSecond: Double) {
        interval = .nanoseconds(Int64(min(1e9 / perSecond, 1e15)))
    }

    /// When the next one may happen. The time is taken, whether it is used or not.
    func reserve(now: ContinuousClock.Instant = .now) -> ContinuousClock.Instant {
        next.withLock { next in
            let mine = max(next, now)
            next = mine + interval
            return mine
        }
    }

    /// - Throws: `CancellationError`.
    func wait() async throws {
        let time = reserve()
        if time > .now { try await Task.sleep(until: time) } else { try Task.checkCancellation() }
    }
}
