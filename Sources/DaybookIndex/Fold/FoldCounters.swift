/// What the fold did since it began, for metrics.
public struct FoldCounters: Hashable, Sendable {
    public var created = 0
    public var changed = 0
    public var deleted = 0
    /// `created` records of an id that was live in the partition already.
    public var ignoredDuplicates = 0
    /// Changes and deletions of an id that was not live in the partition.
    public var ignoredUnknown = 0
    public var signals = 0
    public var invalid: [InvalidReason: Int] = [:]
    /// Events that left the index for the bound on their number, on their age, and because their record left the log.
    public var evictedByCount = 0
    public var evictedByAge = 0
    public var evictedByRetention = 0

    public init() {}
}
