import Daybook

/// Runs the members of a group as consumers would, and keeps a journal of who held what and what was delivered.
///
/// It finds at once when two members hold one partition: each gives up what is revoked before it asks for the next event.
final class GroupJournal: Sendable {
    struct State: Sendable {
        var held: [String: Set<StreamPartition>] = [:]
        /// Every delivery of each partition, also the repeated ones.
        var delivered: [StreamPartition: [String]] = [:]
        var failure: String?

        /// Whether these members hold these partitions among them, each something.
        func share(_ partitions: [StreamPartition], _ names: [String]) -> Bool {
            names.reduce(into: Set()) { $0.formUnion(held[$1] ?? []) } == Set(partitions)
                && names.allSatisfy { held[$0]?.isEmpty == false }
        }

        func hasAll(_ sent: [StreamPartition: [String]]) -> Bool {
            sent.allSatisfy { partition, values in Set(delivered[partition] ?? []).isSuperset(of: values) }
        }
    }

    private let state = Watched(State())
    private let run: ContractRun

    init(_ run: ContractRun) {
        self.run = run
    }

    /// Consumes until the member has left.
    ///
    /// - Parameter commits: whether it commits what it was delivered, at once and when it is about to lose a partition.
    func consume(_ member: CheckedMember, as name: String, commits: Bool = true) -> Task<Void, Never> {
        Task {
            do {
                while true {
                    switch try await member.base.next(maximum: 5) {
                    case .assigned(let partitions): assign(partitions, to: name)
                    case .revoked(let partitions):
                        state.update { $0.held[name]?.subtract(partitions) }
                    case .records(let batch):
                        deliver(batch, to: name)
                        if commits { try await member.base.commit([batch.partition: batch.nextOffset]) }
                    }
                }
            } catch LogError.closed {
                return
            } catch {
                fail("member \(name): \(error)")
            }
        }
    }

    /// Makes a member leave. What it held counts as given up from now on.
    func leave(_ member: CheckedMember, as name: String) async throws {
        giveUp(name)
        try await member.leave()
    }

    /// From now on what this member holds does not count.
    func giveUp(_ name: String) {
        state.update { $0.held[name] = [] }
    }

    /// Waits until the journal says so.
    func wait(_ what: String, until condition: @escaping @Sendable (State) -> Bool) async throws {
        do {
            try await run.within(what) { [state] in
                try await state.when { state in
                    if let failure = state.failure { throw ContractViolation(failure) }
                    return condition(state) ? () : nil
                }
            }
        } catch let error as DeadlineExceeded {
            let state = state.value
            throw ContractViolation("\(error); held: \(state.held); delivered: \(state.delivered.mapValues(\.count))")
        }
    }

    private func assign(_ partitions: Set<StreamPartition>, to name: String) {
        state.update { state in
            for (other, held) in state.held where other != name && !held.isDisjoint(with: partitions) {
                state.failure =
                    state.failure ?? "\(held.intersection(partitions)) is held by \(other) and assigned to \(name)"
            }
            state.held[name, default: []].formUnion(partitions)
        }
    }

    private func deliver(_ batch: RecordBatch, to name: String) {
        state.update { state in
            if state.held[name]?.contains(batch.partition) != true {
                state.failure =
                    state.failure ?? "\(name) was given records of \(batch.partition), which it does not hold"
            }
            state.delivered[batch.partition, default: []] += batch.records.map(\.record.text)
        }
    }

    private func fail(_ message: String) {
        state.update { $0.failure = $0.failure ?? message }
    }
}
