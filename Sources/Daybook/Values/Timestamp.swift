/// A point in time: microseconds since 1970-01-01 00:00 UTC, leap seconds not counted.
public struct Timestamp: Hashable, Sendable, Comparable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public init(milliseconds: Int64) {
        self.microseconds = milliseconds.multipliedReportingOverflow(by: 1000).partialValue
    }

    public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }

    /// This time moved by a duration, rounded to microseconds; held at the ends of what can be told.
    public func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (whole, over) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (moved, over2) = microseconds.addingReportingOverflow(
            (over ? (seconds < 0 ? .min / 2 : .max / 2) : whole) + attoseconds / 1_000_000_000_000)
        return Timestamp(microseconds: over2 ? (seconds < 0 ? .min : .max) : moved)
    }

    /// How long it is from this time to another; negative when that one is earlier.
    public func duration(to other: Timestamp) -> Duration {
        let (difference, over) = other.microseconds.subtractingReportingOverflow(microseconds)
        return .microseconds(over ? (other > self ? .max : .min) : difference)
    }
}
