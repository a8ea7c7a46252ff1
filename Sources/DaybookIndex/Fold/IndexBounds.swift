/// How much the index may hold. The bounds count per partition and go by log time, so that every server with the same
/// bounds evicts the same events.
///
/// Only events that are done (finished, failed or aborted) are evicted, those first whose `created` record is oldest.
/// Events that are not done stay, whatever the bounds. What is evicted is still in the log.
public struct IndexBounds: Hashable, Sendable {
    /// The most events of one partition; nil for no bound.
    public var maximumEventsPerPartition: Int?
    /// Events go when the log time of their `created` record is longer ago than this, counted from the partition's newest
    /// record; nil for no bound.
    public var maximumAge: Duration?
    /// For how many events a progress signal is kept.
    public var maximumSignals: Int

    public init(
        maximumEventsPerPartition: Int? = nil, maximumAge: Duration? = nil, maximumSignals: Int = 100_000
    ) {
        self.maximumEventsPerPartition = maximumEventsPerPartition
        self.maximumAge = maximumAge
        self.maximumSignals = maximumSignals
    }
}
