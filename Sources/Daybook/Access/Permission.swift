/// Something that a caller may do with events.
public enum Permission: String, Hashable, Sendable, CaseIterable, Comparable {
    case publish
    case change
    case read
    /// Claim jobs.
    case enroll
    /// Read a stretch of the past again.
    case replay
    /// Delete events; without limits also: keys, topics, everybody's registrations, the insides of a server.
    case admin

    /// In the order in which they are written.
    public static func < (one: Permission, other: Permission) -> Bool { one.rank < other.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
