import Daybook

/// A group member that holds each event against what every event has to keep, and remembers what it was given.
final class CheckedMember: Sendable {
    private struct State: Sendable {
        var held: Set<StreamPartition> = []
        /// The next offset of each partition that has given a batch since it was assigned.
        var offsets: [StreamPartition: Int64] = [:]
        var records: [StreamPartition: [StoredRecord]] = [:]
    }

    let base: any GroupMember
    private let state = Watched(State())
    private let patience: Duration

    init(_ base: any GroupMember, patience: Duration) {
        self.base = base
        self.patience = patience
    }

    /// The partitions held, going by the events.
    var held: Set<StreamPartition> { state.value.held }
    /// Where each partition is read on.
    var offsets: [StreamPartition: Int64] { state.value.offsets }

    /// All records given, in order.
    func values(of partition: StreamPartition) -> [String] {
        state.value.records[partition, default: []].map(\.record.text)
    }

    /// The next event, which has to come.
    @discardableResult
    func next(maximum: Int = 10, awaiting what: String = "a group event") async throws -> GroupEvent {
        let event = try await withDeadline(patience, what: what) { [base] in try await base.next(maximum: maximum) }
        try take(event, maximum: maximum)
        return event
    }

    /// Goes on until these are held and no others.
    func hold(_ partitions: Set<StreamPartition>) async throws {
        while held != partitions { try await next(awaiting: "a member that holds \(held) to hold \(partitions)") }
    }

    /// Goes on until a partition has given so many records.
    func read(_ count: Int, of partition: StreamPartition) async throws {
        while values(of: partition).count < count {
            try await next(
                awaiting: "record \(values(of: partition).count + 1) of \(count) of \(partition) for a group member")
        }
    }

    func commit(_ positions: [StreamPartition: Int64]) async throws {
        try await withDeadline(patience, what: "positions to be committed") { [base] in try await base.commit(positions)
        }
    }

    func leave() async throws {
        try await withDeadline(patience, what: "a member to leave") { [base] in await base.leave() }
    }

    private func take(_ event: GroupEvent, maximum: Int) throws {
        let before = state.value
        switch event {
        case .assigned(let partitions):
            try expect(
                before.held.isDisjoint(with: partitions),
                "assigned \(partitions) to a member that holds \(before.held) already")
            state.update { $0.held.formUnion(partitions) }
        case .revoked(let partitions):
            try expect(
                before.held.isSuperset(of: partitions), "revoked \(partitions) from a member that holds \(before.held)")
            state.update { state in
                state.held.subtract(partitions)
                for partition in partitions { state.offsets[partition] = nil }
            }
        case .records(let batch):
            try expect(
                before.held.contains(batch.partition),
                "records of \(batch.partition) for a member that holds \(before.held)")
            try expect(
                batch.records.count <= maximum, "a batch has \(batch.records.count) records, asked were \(maximum)")
            var next = before.offsets[batch.partition] ?? 0
            for stored in batch.records {
                try expect(
                    stored.offset >= next,
                    "\(batch.partition): offset \(stored.offset) came when \(next) was the next to be read")
                next = stored.offset + 1
            }
            try expect(batch.nextOffset >= next, "\(batch.partition): nextOffset \(batch.nextOffset) is below \(next)")
            state.update { state in
                state.offsets[batch.partition] = batch.nextOffset
                state.records[batch.partition, default: []] += batch.records
            }
        }
    }
}

extension ContractRun {
    /// Joins a group. The session time-out is so long that a contract ends before it, unless one is given.
    func join(
        _ group: String, _ streams: [String], in log: any EventLog, start: GroupOptions.Start = .earliest,
        sessionTimeout: Duration = .seconds(60)
    ) async throws -> CheckedMember {
        let options = GroupOptions(start: start, sessionTimeout: sessionTimeout)
        let member = try await within("a member to join") {
            try await log.join(group: group, streams: streams, options: options)
        }
        return CheckedMember(member, patience: backend.patience)
    }
}
