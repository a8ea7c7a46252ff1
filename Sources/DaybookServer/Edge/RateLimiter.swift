import Synchronization

/// Lets each of many callers do so much in a time: a token bucket for each, filled at a rate up to a size.
///
/// A bucket is kept as the time at which it is full again. One that is full is as good as none and is forgotten, so that
/// memory is bounded: those who come while too many are remembered share one bucket.
final class RateLimiter<Key: Hashable & Sendable>: Sendable {
    private struct State {
        /// When buckets are full again; those that are may be missing.
        var fullAt: [Key: ContinuousClock.Instant] = [:]
        /// The same for all that found no place.
        var othersFullAt: ContinuousClock.Instant?
        var sweptAt: ContinuousClock.Instant?
    }

    /// What one costs: the time in which a bucket gets one back.
    private let cost: Duration
    /// The time in which an empty bucket fills.
    private let size: Duration
    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - rate: how many in a second.
    ///   - burst: how many at once after a pause, at least 1.
    ///   - capacity: how many callers are told apart.
    init(rate: Double, burst: Int, capacity: Int = 100_000) {
        cost = .seconds(1) / rate
        size = cost * max(burst, 1)
        self.capacity = capacity
    }

    /// Takes one.
    ///
    /// - Returns: nil when there was one; else the time until there is.
    func take(_ key: Key, now: ContinuousClock.Instant = .now) -> Duration? {
        state.withLock { state in
            let isKnown = state.fullAt[key] != nil
            if !isKnown, state.fullAt.count >= capacity { Self.sweep(&state, now) }
            let isOther = !isKnown && state.fullAt.count >= capacity
            let fullAt = (isOther ? state.othersFullAt : state.fullAt[key]).map { max($0, now) } ?? now
            let next = fullAt.advanced(by: cost)
            let lack = now.advanced(by: size).duration(to: next)
            if lack > .zero { return lack }
            if isOther { state.othersFullAt = next } else { state.fullAt[key] = next }
            return nil
        }
    }

    /// How many callers are remembered.
    var count: Int { state.withLock { $0.fullAt.count } }

    /// Forgets those whose bucket is full; once a second at most, since it looks at all.
    private static func sweep(_ state: inout State, _ now: ContinuousClock.Instant) {
        if let last = state.sweptAt, last.duration(to: now) < .seconds(1) { return }
        state.sweptAt = now
        state.fullAt = state.fullAt.filter { $0.value > now }
    }
}
