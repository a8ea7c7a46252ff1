import Daybook

/// What an arbiter remembers and did, for metrics.
public struct ArbiterStatistics: Sendable, Equatable {
    /// How many hashes are known.
    public var hashes = 0
    /// How many of them are jobs that are not over.
    public var jobs = 0
    public var memoryBytes = 0
    /// How many states were read from the log, at the start or when partitions were taken over; the others came from
    /// snapshots or were decided since.
    public var replayed = 0
    /// Since the process started.
    public var verdicts = VerdictCounts()
}

/// How many verdicts there were of each kind.
public struct VerdictCounts: Sendable, Equatable {
    public enum Kind: String, CaseIterable, Sendable {
        case done, repeated, duplicate, granted, lost, held, full, invalid
        case keyReused = "key_reused"
        case notFound = "not_found"
    }

    private var counts: [Kind: Int] = [:]

    public subscript(kind: Kind) -> Int { counts[kind, default: 0] }

    mutating func add(_ verdicts: [Verdict]) {
        for verdict in verdicts { counts[verdict.kind, default: 0] += 1 }
    }
}

extension Verdict {
    fileprivate var kind: VerdictCounts.Kind {
        switch self {
        case .done: .done
        case .repeated: .repeated
        case .duplicate: .duplicate
        case .keyReused: .keyReused
        case .notFound: .notFound
        case .held: .held
        case .granted: .granted
        case .lost: .lost
        case .full: .full
        case .invalid: .invalid
        }
    }
}
