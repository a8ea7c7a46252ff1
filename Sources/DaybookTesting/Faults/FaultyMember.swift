public import Daybook

extension FaultyLog {
    public func join(group: String, streams: [String], options: GroupOptions) async throws -> any GroupMember {
        let number = memory.update { memory in
            memory.members[group, default: 0] += 1
            return memory.members[group, default: 0]
        }
        var options = options
        var streams = streams
        var known = group
        switch fault {
        case .groupsStartOver: known = "\(group)-\(number)"
        case .partitionsAreGivenTwice: known = "\(group)-\(number)"
        case .groupsShareTheirPositions: known = "the-only-one-of-\(streams.sorted().joined(separator: "-"))"
        case .startIsAlwaysEarliest: options.start = .earliest
        case .startIsAlwaysLatest: options.start = .latest
        case .lateStartIsForgotten where options.start == .latest: known = "\(group)-\(number)"
        case .oneStreamIsRead: streams = Array(streams.prefix(1))
        case .membersNeverDie: options.sessionTimeout = .seconds(100_000)
        case .overtakenGroupsJump: try await jump(group, streams)
        default: break
        }
        let member = try await base.join(group: known, streams: streams, options: options)
        return FaultyMember(member, self, group: group, skips: fault == .rebalancingSkips && number > 1)
    }

    /// Sets what lies before the low watermarks to them.
    private func jump(_ group: String, _ streams: [String]) async throws {
        let known = try await base.streams()
        let partitions = streams.compactMap { known[$0] }.flatMap(\.allPartitions)
        let marks = try await base.watermarks(of: partitions)
        let positions = try await base.committedPositions(group: group, of: partitions)
        let overtaken = positions.filter { $0.value < marks[$0.key]?.low ?? 0 }
        if !overtaken.isEmpty {
            try await base.setCommittedPositions(
                group: group, to: overtaken.reduce(into: [:]) { $0[$1.key] = marks[$1.key]?.low })
        }
    }

    public func committedPositions(
        group: String, of partitions: [StreamPartition]
    ) async throws -> [StreamPartition: Int64] {
        var positions = try await base.committedPositions(group: group, of: partitions)
        if fault == .positionsAreLazy, let late = memory.value.lateCommits[group] { positions.merge(late) { $1 } }
        return positions
    }

    public func setCommittedPositions(group: String, to positions: [StreamPartition: Int64]) async throws {
        if fault == .setPositionsAreIgnored { return }
        do {
            try await base.setCommittedPositions(group: group, to: positions)
        } catch let error as LogError where fault == .activeGroupsAreSet && error.isGroupActive {}
    }

    public func deleteGroup(_ group: String) async throws {
        if fault == .deletedGroupsRemain { return }
        do {
            try await base.deleteGroup(group)
        } catch let error as LogError where fault == .activeGroupsAreDeleted && error.isGroupActive {}
    }
}

/// A group member with the fault of its log.
final class FaultyMember: GroupMember {
    private struct State: Sendable {
        var revoked: Set<StreamPartition> = []
        /// The partitions whose next record is not delivered.
        var skipping: Set<StreamPartition> = []
        var hasLeft = false
    }

    let base: any GroupMember
    private let log: FaultyLog
    private let group: String
    private let skips: Bool
    private let state = Watched(State())

    init(_ base: any GroupMember, _ log: FaultyLog, group: String, skips: Bool) {
        self.base = base
        self.log = log
        self.group = group
        self.skips = skips
    }

    func next(maximum: Int) async throws -> GroupEvent {
        state.update { $0.revoked = [] }
        while true {
            if log.fault == .leavingIsSlow, state.value.hasLeft { throw LogError.closed }
            let event: GroupEvent
            do {
                event = try await faultyNext(maximum: maximum)
            } catch let error as LogError
                where error == .closed
                && (log.fault == .leavingHangs || (log.fault == .closingLeavesWaits && log.isClosing.value))
            {
                try await FaultyLog.hang()
            }
            switch event {
            case .assigned(let partitions):
                if skips { state.update { $0.skipping.formUnion(partitions) } }
                return event
            case .revoked(let partitions):
                if log.fault == .revocationIsNotTold { continue }
                state.update { $0.revoked = partitions }
                return event
            case .records(var batch):
                batch.records = batch.records.map(log.damaged)
                if log.fault == .deliveryCommits { try await base.commit([batch.partition: batch.nextOffset]) }
                let skip = state.update { $0.skipping.remove(batch.partition) != nil }
                if skip, !batch.records.isEmpty { batch.records.removeFirst() }
                return .records(batch)
            }
        }
    }

    private func faultyNext(maximum: Int) async throws -> GroupEvent {
        switch log.fault {
        case .maximumIsIgnored: return try await base.next(maximum: maximum + 20)
        case .cancellationIsIgnored: return try await Task { try await base.next(maximum: maximum) }.value
        case .cancelledMembersLeave:
            do {
                return try await base.next(maximum: maximum)
            } catch let error as CancellationError {
                await base.leave()
                throw error
            }
        default: return try await base.next(maximum: maximum)
        }
    }

    func commit(_ positions: [StreamPartition: Int64]) async throws {
        switch log.fault {
        case .groupsStartOver: try await log.base.setCommittedPositions(group: group, to: positions)
        case .revokedCannotBeCommitted where !state.value.revoked.isDisjoint(with: positions.keys):
            throw LogError.fenced
        case .membersAreNotFenced:
            do { try await base.commit(positions) } catch LogError.fenced {}
        case .positionsAreLazy:
            let earlier = log.memory.update { memory in
                let earlier = memory.lateCommits[group] ?? [:]
                memory.lateCommits[group] = positions
                return earlier
            }
            try await base.commit(earlier)
        default: try await base.commit(positions)
        }
    }

    var assignment: Set<StreamPartition> {
        get async { await base.assignment }
    }

    func leave() async {
        if log.fault == .positionsAreLazy {
            let late = log.memory.update { $0.lateCommits.removeValue(forKey: group) }
            if let late { try? await base.commit(late) }
        }
        state.update { $0.hasLeft = true }
        if log.fault != .leavingIsSlow { await base.leave() }
    }
}
