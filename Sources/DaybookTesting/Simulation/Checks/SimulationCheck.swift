import Daybook
import DaybookIndex

/// Whether a schedule kept what Daybook promises, found out from what the log held and what clients were told. It knows
/// the promises and nothing of how the arbiter keeps them.
struct SimulationCheck {
    struct Violation: Error {
        let rule: SimulationViolation.Rule
        let reason: String

        init(_ rule: SimulationViolation.Rule, _ reason: String) {
            self.rule = rule
            self.reason = reason
        }
    }

    /// A request as the inbox holds it.
    struct Asked {
        let offset: Int64
        let time: Timestamp
        let request: SimulatedRequest
        var verdicts: [Verdict] = []
    }

    /// A history record.
    struct Told {
        let offset: Int64
        let operation: RecordOperation
        let event: Event
    }

    let world: SimulatedWorld
    /// By inbox partition, in order.
    let asked: [[Asked]]
    /// By history partition, in order.
    let history: [[Told]]

    init(_ world: SimulatedWorld) {
        self.world = world
        var asked = (0..<SimulatedStream.partitions).map { partition in
            world.broker[SimulatedStream.inbox(partition)].everCommitted.compactMap { offset, time, content in
                if case .request(let request) = content {
                    Asked(offset: offset, time: time, request: request)
                } else {
                    nil
                }
            }
        }
        for partition in 0..<SimulatedStream.partitions {
            for case (_, _, .verdict(let answer)) in world.broker[StreamPartition("sim.verdicts", partition)]
                .everCommitted
            {
                // Nothing but requests is in an inbox, so that offsets count them.
                asked[Int(answer.partition)][Int(answer.offset)].verdicts.append(answer.verdict)
            }
        }
        self.asked = asked
        history = SimulatedStream.allHistory.map { partition in
            world.broker[partition].everCommitted.compactMap { offset, _, content in
                guard case .event(let record) = content, let entry = try? RecordDecoder.decode(record) else {
                    return nil
                }
                return Told(offset: offset, operation: entry.operation, event: entry.event)
            }
        }
    }

    func run() async throws {
        if let (rule, reason) = world.failure { throw Violation(rule, reason) }
        try checkUnique()
        try checkTold()
        try checkDurable()
        try checkOrder()
        var ledger = HashLedger()
        for (partition, requests) in asked.enumerated() {
            for asked in requests {
                guard let verdict = asked.verdicts.first, asked.verdicts.count == 1 else {
                    throw Violation(
                        .answered, "request inbox:\(partition):\(asked.offset) has \(asked.verdicts.count) verdicts")
                }
                do {
                    try ledger.take(asked.request.request, verdict, at: asked.time)
                } catch {
                    throw Violation(error.rule, "at inbox:\(partition):\(asked.offset): \(error.reason)")
                }
            }
        }
        try checkHistory(ledger)
        try checkMemory(ledger)
        try await checkIndex()
        try checkOwnership()
    }

    // MARK: - What spans everything

    private func checkOwnership() throws {
        var last: [Int32: Int64] = [:]
        for commit in world.broker.group.commits {
            let inbox = "inbox:\(commit.partition)"
            guard world.broker.group.assignments[commit.generation][commit.partition] == commit.member else {
                throw Violation(
                    .ownership,
                    "\(inbox) was not member \(commit.member)'s in generation \(commit.generation), which committed it")
            }
            guard commit.offset >= last[commit.partition, default: 0] else {
                throw Violation(.ownership, "the position of \(inbox) went back to \(commit.offset)")
            }
            last[commit.partition] = commit.offset
        }
    }

    /// An index is the same whenever and in whatever interleaving it was made.
    private func checkIndex() async throws {
        let made = SimulatedProjector(world.bounds)
        await made.catchUp(world)
        let expected = try await made.index.dump()
        for (number, projector) in world.projectors.enumerated() {
            await projector.catchUp(world)
            let found = try await projector.index.dump()
            guard found == expected else {
                throw Violation(
                    .oneTruth,
                    "the index of projector \(number) is not the one that is made from nothing:\n\(found)\n\(expected)")
            }
        }
    }
}
