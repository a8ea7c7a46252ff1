/// A mistake that the simulation makes for ever, to show that its checks would notice it in Daybook.
public enum SimulationFault: String, CaseIterable, Sendable {
    /// The arbiter appends what it decided and commits its position one after the other, in no transaction.
    case noTransaction = "no-transaction"
    /// Who is first is told in the order in which requests arrived, and before that is durable.
    case verdictByArrival = "verdict-by-arrival"
    /// The position is committed first, then what was decided.
    case offsetBeforeForward = "offset-before-forward"
    /// A new owner reads the position and the state while the former one may still write.
    case restoreBeforeFencing = "restore-before-fencing"
    /// The state is read up to where it ended when the partition was assigned, not where it ends after fencing.
    case restoreToWrongEnd = "restore-to-wrong-end"
    /// The position is committed with what the group is now, not what it was when the partition was assigned.
    case metadataAfterRebalance = "metadata-after-rebalance"
    /// What was decided in an aborted transaction is remembered as if it had happened.
    case stateKeptAfterAbort = "state-kept-after-abort"
    /// A snapshot is written while a batch is under way, with what that may leave.
    case snapshotOfOpenBatch = "snapshot-of-open-batch"
    /// Leases end by the deciding server's clock instead of the request's log time.
    case leaseByServerClock = "lease-by-server-clock"
    /// Workers that find a job unclaimed in history write the claim there themselves.
    case claimWithoutArbiter = "claim-without-arbiter"
    /// A projector applies neighbours the wrong way round.
    case projectorOrderSwapped = "projector-order-swapped"
}

extension SimulationFault {
    /// What it breaks, sooner or later; it may break other things, too.
    public var rule: SimulationViolation.Rule {
        switch self {
        case .noTransaction, .verdictByArrival, .restoreBeforeFencing, .restoreToWrongEnd, .claimWithoutArbiter: .unique
        case .offsetBeforeForward: .answered
        // Transactional ids of the partitions' own keep the guarantees even so; this is their second line.
        case .metadataAfterRebalance: .ownership
        case .stateKeptAfterAbort, .snapshotOfOpenBatch: .durable
        case .leaseByServerClock: .oneWinner
        case .projectorOrderSwapped: .oneTruth
        }
    }
}
