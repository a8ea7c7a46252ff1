public import Daybook

/// A clock that stands still until it is told to go on: for timers (it is a `Clock`) and for log times (``timestamp``).
public final class ManualClock: Clock {
    public struct Instant: InstantProtocol, CustomStringConvertible {
        /// The time since the clock was made.
        public var elapsed: Duration

        public func advanced(by duration: Duration) -> Instant { Instant(elapsed: elapsed + duration) }
        public func duration(to other: Instant) -> Duration { other.elapsed - elapsed }
        public static func < (a: Instant, b: Instant) -> Bool { a.elapsed < b.elapsed }
        public var description: String { "\(elapsed)" }
    }

    private let start: Timestamp
    private let elapsed = Watched(Duration.zero)

    /// - Parameter start: the ``timestamp`` at first; 2026-01-01 unless given.
    public init(start: Timestamp = Timestamp(milliseconds: 1_767_225_600_000)) {
        self.start = start
    }

    public var now: Instant { Instant(elapsed: elapsed.value) }
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// The time of day.
    public var timestamp: Timestamp { start.advanced(by: elapsed.value) }

    /// Moves the clock and wakes whoever's time has come.
    public func advance(by duration: Duration) {
        elapsed.update { $0 += duration }
    }

    /// Moves the clock on by a little and tells the time then: a clock that never gives the same time twice.
    public func tick(by duration: Duration = .microseconds(1)) -> Timestamp {
        start.advanced(
            by: elapsed.update {
                $0 += duration
                return $0
            })
    }

    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await elapsed.when { $0 >= deadline.elapsed ? () : nil }
    }
}
