/// Keeps from calling a handler whose dependency is down: one call at a time finds out whether it is back, after pauses
/// that double.
struct CircuitBreaker: Sendable {
    private static let first = Duration.seconds(1)
    private static let longest = Duration.seconds(60)

    /// Why it is open; nil when it is closed.
    private(set) var reason: String?
    private var pause = CircuitBreaker.first
    /// When one call may find out.
    private(set) var opensAgainAt = ContinuousClock.now
    private var isProbing = false

    var isOpen: Bool { reason != nil }

    /// - Returns: after how long the next call may be made.
    mutating func trip(_ reason: String, after: Duration?) -> Duration {
        let wait = max(pause, after ?? .zero)
        // Calls that were under way fail as well: they do not make the pause longer.
        if self.reason == nil || isProbing { pause = min(pause * 2, Self.longest) }
        self.reason = reason
        isProbing = false
        opensAgainAt = .now.advanced(by: wait)
        return wait
    }

    /// Whether a call may be made now.
    mutating func admits() -> Bool {
        guard isOpen else { return true }
        guard !isProbing, opensAgainAt <= .now else { return false }
        isProbing = true
        return true
    }

    /// The call that was to find out was not made, or told nothing.
    mutating func forgetProbe() {
        isProbing = false
    }

    mutating func close() {
        reason = nil
        pause = Self.first
        isProbing = false
    }
}
