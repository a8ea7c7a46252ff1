import Daybook
import Synchronization

/// An open transaction: it plans appends and gathers positions, and writes nothing before its commit.
final class SQLiteTransaction: Transaction {
    private struct State {
        var plan: AppendPlan
        var positions: [String: [Int: Int64]] = [:]
        var isOver = false
    }

    private let log: SQLiteLog
    private let gate: TransactionGate
    private let state: Mutex<State>

    init(_ log: SQLiteLog, _ gate: TransactionGate) {
        self.log = log
        self.gate = gate
        state = Mutex(State(plan: log.queue.makePlan()))
    }

    func append(_ records: [NewRecord]) async throws -> [Appended] {
        try Task.checkCancellation()
        try gate.check()
        return try state.withLock { state in
            if state.isOver { throw LogError.closed }
            return try state.plan.addAll(records)
        }
    }

    func commit(_ positions: [StreamPartition: Int64], of member: any GroupMember) async throws {
        try Task.checkCancellation()
        try gate.check()
        guard let member = member as? SQLiteGroupMember, member.groups === log.groups else {
            throw LogError.refused("the member belongs to another log than the transaction")
        }
        try state.withLock { state in
            if state.isOver { throw LogError.closed }
            let known = state.positions[member.group] ?? [:]
            let ids = try member.groups.ids(of: positions)
            try log.groups.beginCommit(Set(ids.keys), besides: Set(known.keys), of: member.id, in: member.group)
            state.positions[member.group] = known.merging(ids) { $1 }
        }
    }

    /// What is to be committed. Nothing can be added from now on.
    func finish() -> (AppendPlan, [CommitQueue.Change]) {
        state.withLock { state in
            state.isOver = true
            let groups = log.groups
            let changes = state.positions.map { group, positions in
                CommitQueue.Change(
                    action: "to commit positions of \(group)",
                    apply: { try GroupTable.set(positions, of: group, $0) },
                    finish: { if $0 == nil { groups.committed(positions, of: group) } })
            }
            return (state.plan, changes)
        }
    }

    /// Lets go of the partitions whose positions were to be committed, however the transaction ended.
    func release() {
        let positions = state.withLock { state in
            state.isOver = true
            return state.positions
        }
        for (group, positions) in positions { log.groups.endCommit(Set(positions.keys), of: group) }
    }
}
