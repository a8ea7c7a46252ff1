import Daybook

/// What was acknowledged, and what history holds.
extension SimulationCheck {
    /// Nobody was told what the log does not say. Who is the winner of a hash the log says once.
    func checkTold() throws {
        for answer in world.journal.answers {
            let partition = Int(SimulatedStream.arbiterPartition(of: answer.request.hash))
            let said = asked[partition].filter { $0.request.request == answer.request }.flatMap(\.verdicts)
            guard !said.contains(answer.verdict) else { continue }
            let isSameWinner = said.contains { $0.winner(answer.request) == answer.verdict.winner(answer.request) }
            throw Violation(
                isSameWinner ? .durable : .unique,
                "client \(answer.client), which asked to \(answer.request.summary), was told \(answer.verdict), "
                    + "and the log says \(said)")
        }
    }

    func checkDurable() throws {
        for answer in world.journal.answers {
            let position: Position
            let event: EventID
            switch answer.verdict {
            case .done(let at), .repeated(let at): (position, event) = (at, answer.request.event)
            case .granted(let job): (position, event) = (job.position, job.event)
            case .duplicate(let first, let created): (position, event) = (created, first)
            default: continue
            }
            guard holds(position, event) else {
                throw Violation(.durable, "\(answer.request.summary) was told \(answer.verdict), which is not there")
            }
        }
        for plain in world.journal.plain where !holds(plain.position, plain.event.id) {
            throw Violation(.durable, "plain event \(plain.event.id.short) is not at \(plain.position)")
        }
    }

    private func holds(_ position: Position, _ event: EventID) -> Bool {
        if position.partition == SimulatedStream.signals {
            return world.broker[SimulatedStream.signals].everCommitted.contains { $0.offset == position.offset }
        }
        guard let partition = SimulatedStream.allHistory.firstIndex(of: position.partition) else { return false }
        return history[partition].contains { $0.offset == position.offset && $0.event.id == event }
    }

    /// What is sent after an acknowledgement comes behind what was acknowledged.
    func checkOrder() throws {
        let answers = world.journal.answers
        for (at, later) in answers.enumerated() {
            guard case .done(let second) = later.verdict else { continue }
            for earlier in answers[..<at]
            where earlier.toldAt < later.sentAt && earlier.request.hash == later.request.hash {
                guard case .done(let first) = earlier.verdict, second.isBefore(first) == true else { continue }
                throw Violation(
                    .order, "\(later.request.summary) is at \(second), before \(earlier.request.summary) at \(first)")
            }
        }
        let plain = world.journal.plain
        for (at, later) in plain.enumerated() {
            for earlier in plain[..<at]
            where earlier.toldAt < later.sentAt && later.position.isBefore(earlier.position) == true {
                throw Violation(.order, "\(later.event.id.short) is before \(earlier.event.id.short)")
            }
        }
    }

    /// In each partition of history, an event with a hash is created when there is none, and then no more until it is
    /// deleted.
    func checkUnique() throws {
        for (partition, records) in history.enumerated() {
            var live: [String: EventID] = [:]
            for record in records {
                guard let hash = record.event.hash else { continue }
                switch record.operation {
                case .created:
                    if let other = live[hash], !isExpired(other, of: hash, for: record.event.id) {
                        throw Violation(
                            .unique,
                            "\(record.event.id.short) at history:\(partition):\(record.offset) has hash '\(hash)', "
                                + "which is still \(other.short)'s")
                    }
                    live[hash] = record.event.id
                case .deleted where live[hash] == record.event.id: live[hash] = nil
                case .deleted, .changed: break
                }
            }
        }
    }

    /// Whether the first event's window could have ended before the second was asked for.
    private func isExpired(_ first: EventID, of hash: String, for second: EventID) -> Bool {
        let requests = asked[Int(SimulatedStream.arbiterPartition(of: hash))]
        func times(of event: EventID) -> [Timestamp] {
            requests.filter { $0.request.request.event == event }.map(\.time)
        }
        guard let start = times(of: first).min(), let end = times(of: second).max() else { return false }
        return hash == "brief" && start.advanced(by: .seconds(20)) <= end
    }

    /// History tells of what was answered, and of nothing else.
    func checkHistory(_ ledger: HashLedger) throws {
        var found: [HashLedger.Entry: Int] = [:]
        for record in history.joined() where record.event.hash != nil {
            found[HashLedger.Entry(event: record.event.id, operation: record.operation), default: 0] += 1
        }
        for (entry, count) in ledger.history where found[entry, default: 0] != count {
            throw Violation(.answered, "\(entry) is in history \(found[entry, default: 0]) times, not \(count)")
        }
        for (entry, count) in found where ledger.history[entry] == nil {
            throw Violation(.answered, "\(entry) is in history \(count) times, and no verdict says so")
        }
    }

    /// What the dedup stream holds in the end, compacted as it is, is what the verdicts say.
    func checkMemory(_ ledger: HashLedger) throws {
        var states: [HashDigest: HashState] = [:]
        for partition in 0..<SimulatedStream.partitions {
            for case (_, _, .state(let digest, let bytes)) in world.broker[SimulatedStream.dedup(partition)]
                .read(from: 0).records
            {
                states[digest] = try bytes.map { try HashState(wireBytes: $0) }
            }
        }
        for hash in SimulatedClient.hashes + SimulatedClient.jobs {
            let (state, live) = (states[HashDigest(hash)], ledger.live[hash])
            // When what is expired is forgotten is the arbiter's affair.
            if live == nil, state?.expires != nil { continue }
            if state == nil, live?.expires != nil { continue }
            guard state?.event == live?.event else {
                throw Violation(
                    .unique,
                    "hash '\(hash)' is \(live?.event.short ?? "nobody")'s, and the dedup stream says "
                        + "\(state?.event.short ?? "nobody")'s")
            }
        }
    }
}

extension Verdict {
    /// The event that has the hash after this.
    fileprivate func winner(_ request: HashRequest) -> EventID? {
        switch self {
        case .done, .repeated: request.event
        case .duplicate(let event, _), .lost(_, let event), .keyReused(let event): event
        case .granted(let job): job.event
        case .notFound, .held, .full, .invalid: nil
        }
    }
}
