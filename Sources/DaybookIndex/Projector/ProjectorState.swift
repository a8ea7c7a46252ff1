/// How the projector is doing, for readiness.
public enum ProjectorState: Hashable, Sendable, CustomStringConvertible {
    /// It is not yet where the log ended when it started: so many records applied of those it found then.
    case starting(applied: Int64, of: Int64)
    /// It applies records as they come.
    case following
    /// The log cannot be read for now; it tries again by itself.
    case stalled(reason: String)

    public var description: String {
        switch self {
        case .starting(let applied, let total): "starting: \(applied) of \(total) records applied"
        case .following: "following"
        case .stalled(let reason): "stalled: \(reason)"
        }
    }
}

/// What the projector did since it was started.
public struct ProjectorStatistics: Hashable, Sendable {
    public var batches = 0
    public var records = 0
    /// Partitions begun anew because retention had overtaken the index, or the log had lost records.
    public var restartedPartitions = 0
    /// Snapshots written, and snapshots that could not be.
    public var snapshots = 0
    public var failedSnapshots = 0
    /// Why the snapshot found at the start was not used; nil when it was, or none was looked for.
    public var snapshotRefusal: SnapshotRefusal?
    /// How many offsets the index is behind the ends of partitions, as far as they are known.
    public var lag: Int64 = 0

    public init() {}
}
