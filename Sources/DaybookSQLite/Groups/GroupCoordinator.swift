import Daybook
import Synchronization

/// Shares partitions among the members of groups, all of which are in this process, and keeps the groups' positions.
///
/// Lock order: this lock before that of the partition table.
final class GroupCoordinator: Sendable {
    private struct State {
        var groups: [String: GroupState] = [:]
        var lastMember = 0
    }

    private let table: PartitionTable
    private let queue: CommitQueue
    private let state = Mutex(State())

    init(_ table: PartitionTable, _ queue: CommitQueue) {
        self.table = table
        self.queue = queue
    }

    func load(_ positions: [String: [Int: Int64]]) {
        state.withLock { state in
            for (group, positions) in positions { state.groups[group, default: GroupState()].committed = positions }
        }
    }

    // MARK: Members

    /// Joins on the writer's queue, so that it comes before or after, never amid, the setting of a group's positions.
    func join(
        _ group: String, streams: [String], _ options: GroupOptions, _ reader: SQLiteLogReader
    ) async throws -> Int {
        let partitions = try streams.reduce(into: Set()) { $0.formUnion(try table.partitions(of: $1)) }
        let id = try await queue.perform("to join group \(group)") { [self] _ in
            change(group) { state, lastMember in
                lastMember += 1
                state.join(
                    GroupState.Member(
                        id: lastMember, options: options, partitions: partitions, reader: reader, lastSign: .now))
                return lastMember
            }
        }
        watch(id, of: group, options)
        return id
    }

    func leave(_ id: Int, of group: String) {
        change(group) { state, _ in
            _ = state.leave(id)
        }
    }

    func beginNext(_ id: Int, of group: String) {
        change(group) { state, _ in state.beginNext(id, at: .now) }
    }

    func endNext(_ id: Int, of group: String) {
        state.withLock { $0.groups[group]?.endNext(id, at: .now) }
    }

    func step(_ id: Int, of group: String) throws -> GroupState.Step {
        try state.withLock { state in
            guard state.groups[group] != nil else { throw LogError.closed }
            return try state.groups[group]?.step(id) ?? .read
        }
    }

    func giveBack(_ partitions: Set<Int>, from id: Int, of group: String) {
        change(group) { state, _ in state.giveBack(partitions, from: id) }
    }

    func held(by id: Int, of group: String) -> Set<StreamPartition> {
        table.names(of: state.withLock { $0.groups[group]?.member(id)?.held ?? [] })
    }

    // MARK: Positions

    /// Where a member begins to read partitions it was granted, and those of the positions that nobody has committed yet.
    ///
    /// A group that starts at the latest record gets its position committed at once: else what is appended until its first commit
    /// would be passed over when the partition changes hands.
    func starts(
        of partitions: Set<Int>, in group: String, _ start: GroupOptions.Start
    ) -> (all: [Int: Int64], new: [Int: Int64]) {
        var all: [Int: Int64] = [:]
        var new: [Int: Int64] = [:]
        let committed = state.withLock { $0.groups[group]?.committed ?? [:] }
        for partition in partitions {
            if let offset = committed[partition] {
                all[partition] = offset
            } else if start == .latest {
                new[partition] = table.watermarks(of: partition).end
                all[partition] = new[partition]
            } else {
                all[partition] = table.watermarks(of: partition).low
            }
        }
        return (all, new)
    }

    func ids(of positions: [StreamPartition: Int64]) throws -> [Int: Int64] {
        var result: [Int: Int64] = [:]
        for (name, offset) in positions { result[try table.reference(name).id] = offset }
        return result
    }

    /// Notes that a commit is under way, which keeps the partitions from being given to another member until it has ended.
    ///
    /// - Parameter besides: partitions that were noted before for the same commit.
    /// - Throws: ``LogError/fenced`` when the member does not hold them all.
    func beginCommit(_ partitions: Set<Int>, besides: Set<Int> = [], of id: Int, in group: String) throws {
        try state.withLock { state in
            guard let member = state.groups[group]?.member(id), member.held.isSuperset(of: partitions) else {
                throw LogError.fenced
            }
            state.groups[group]?.showSign(of: id, at: .now)
            for partition in partitions.subtracting(besides) {
                state.groups[group]?.pending[partition, default: 0] += 1
            }
        }
    }

    func endCommit(_ partitions: Set<Int>, of group: String) {
        change(group) { state, _ in
            for partition in partitions {
                let count = state.pending[partition] ?? 0
                state.pending[partition] = count > 1 ? count - 1 : nil
            }
        }
    }

    /// Takes up positions that the database holds by now.
    func committed(_ positions: [Int: Int64], of group: String) {
        state.withLock { $0.groups[group, default: GroupState()].committed.merge(positions) { $1 } }
    }

    func positions(of group: String) -> [Int: Int64] {
        state.withLock { $0.groups[group]?.committed ?? [:] }
    }

    /// Writes positions of a group, whoever its members are.
    func write(_ positions: [Int: Int64], of group: String) async throws {
        try await queue.perform("to commit positions of \(group)") {
            try GroupTable.set(positions, of: group, $0)
        } committed: { [self] in
            committed(positions, of: group)
        }
    }

    func setPositions(_ positions: [Int: Int64], of group: String) async throws {
        try await queue.perform("to set positions of \(group)") { [self] database in
            try checkInactive(group)
            try GroupTable.set(positions, of: group, database)
        } committed: { [self] in
            committed(positions, of: group)
        }
    }

    func delete(_ group: String) async throws {
        try await queue.perform("to delete group \(group)") { [self] database in
            try checkInactive(group)
            try GroupTable.delete(group, database)
        } committed: { [self] in
            // A member that was taken for dead is still in it, and may come back.
            change(group) { state, _ in state.committed = [:] }
        }
    }

    private func checkInactive(_ group: String) throws {
        if state.withLock({ $0.groups[group]?.isActive }) == true { throw LogError.groupActive(group) }
    }

    // MARK: Changes

    /// Changes a group and wakes the members for whom that means something.
    @discardableResult
    private func change<Value: Sendable>(
        _ group: String, _ body: (inout GroupState, inout Int) -> Value
    ) -> Value {
        let (value, readers) = state.withLock { state in
            var changed = state.groups.removeValue(forKey: group) ?? GroupState()
            let value = body(&changed, &state.lastMember)
            if !changed.members.isEmpty || !changed.committed.isEmpty || !changed.pending.isEmpty {
                state.groups[group] = changed
            }
            return (value, changed.readersToWake)
        }
        for reader in readers { reader.interrupt() }
        return value
    }

    /// Takes a member for dead when it has not asked for its next event for ten session time-outs. All members are in this process, so
    /// nothing but its own silence tells.
    private func watch(_ id: Int, of group: String, _ options: GroupOptions) {
        Task { [weak self] in
            let limit = options.sessionTimeout * 10
            var deadline = ContinuousClock.now + limit
            while true {
                try await Task.sleep(until: deadline, clock: .continuous)
                guard let self, let member = state.withLock({ $0.groups[group]?.member(id) }) else { return }
                if member.isWaiting || !member.isAlive {
                    deadline = .now + limit
                } else if member.lastSign + limit > .now {
                    deadline = member.lastSign + limit
                } else {
                    member.reader.removeAll()
                    change(group) { state, _ in state.expel(id) }
                    deadline = .now + limit
                }
            }
        }
    }
}
