/// How large an index is and what it did, for metrics. Costs little to ask for.
public struct IndexStatistics: Hashable, Sendable {
    /// Events that queries find.
    public var events = 0
    /// Events over the bounds that are kept because events not done depend on them.
    public var keptForDependants = 0
    public var fold = FoldCounters()
    /// Events whose progress a signal tells.
    public var signals = 0
    /// What rows, texts and tables take, postings estimated.
    public var memoryBytes = 0

    public init() {}
}

extension EventIndex {
    public var statistics: IndexStatistics { read { $0.statistics } }
}

extension IndexState {
    var statistics: IndexStatistics {
        var statistics = IndexStatistics()
        statistics.events = all.count
        statistics.keptForDependants = partitions.states.reduce(0) { $0 + $1.expired.count }
        statistics.fold = counters
        statistics.signals = signals.count
        // Each row is in up to eight postings, of four bytes for a row and some room.
        statistics.memoryBytes = rows.memoryBytes + texts.memoryBytes + ids.memoryBytes + all.count * 40
        statistics.memoryBytes += topics.memoryBytes + projects.memoryBytes + users.memoryBytes + senders.memoryBytes
        statistics.memoryBytes += hashes.memoryBytes + parents.memoryBytes + senderTypes.memoryBytes
        statistics.memoryBytes += actors.memoryBytes
        return statistics
    }
}
