import Daybook
import DaybookIndex

/// The arbiter of one inbox partition, in a server that the group gave it to. Each ``step(_:)`` is one thing after which
/// the server may crash or fall asleep; their order is that of the arbiter on Kafka.
final class SimulatedArbiter {
    enum Stage {
        /// 1. A transactional writer with the partition's own id: fences the former owner, and ends what that left open.
        case fencing
        /// 2. The position that was committed last.
        case locating
        /// 3. The state of all hashes: from a snapshot, if there is one, and from the dedup stream beyond it, up to where it
        /// ends after fencing.
        case restoring(next: Int64, end: Int64)
        /// 4. Some requests are read and decided, and then, in one transaction,
        case deciding
        /// 5. what was decided goes into history,
        case forwarding
        /// 6. the states that changed and the verdicts are appended,
        case answering
        /// 7. and the position is committed
        case positioning
        /// 8. with the transaction.
        case committing
        /// Or nothing of it has happened.
        case aborting
    }

    /// Requests that are decided together.
    private struct Batch {
        var requests: [(offset: Int64, request: SimulatedRequest)] = []
        /// Where reading goes on behind them.
        var next: Int64
        var forwarded: [Appended] = []
        /// States and verdicts.
        var answers: [(partition: StreamPartition, content: SimulatedContent)] = []
        var answered = 0
        /// Behind the last state of it.
        var known: Int64?
        var isSettled = false
    }

    let partition: Int32
    /// Of the group, when the partition was assigned.
    var generation: Int
    private let member: Int
    private let disk: SimulatedDisk
    private var stage = Stage.fencing
    private var writer: SimulatedWriter?
    /// The next request to be decided.
    private var position: Int64 = 0
    /// Where the group's consumer reads on: from the position that was committed when it got the partition, which may
    /// be one before what the former owner committed since.
    private var cursor: Int64
    private var decider = Decider()
    private var batch = Batch(next: 0)
    /// Up to where the dedup stream is known, and until when it was looked at or written to.
    private var known: Int64 = 0
    private var asOf = Timestamp(microseconds: 0)
    /// Where the dedup stream ended when the partition was assigned: an end that is good for nothing.
    private let assignedEnd: Int64

    init(_ partition: Int32, member: Int, generation: Int, _ disk: SimulatedDisk, _ world: SimulatedWorld) {
        self.partition = partition
        self.disk = disk
        self.member = member
        self.generation = generation
        cursor = world.broker.group.committed[partition] ?? 0
        assignedEnd = world.broker[SimulatedStream.dedup(partition)].lastStable
        if world.fault == .restoreBeforeFencing { stage = .locating }
    }

    var isRestoring: Bool {
        if case .restoring = stage { return true }
        return false
    }

    /// - Parameter skew: how far the server's clock is from the broker's.
    func step(_ world: SimulatedWorld, skew: Duration) throws(SimulatedRefusal) {
        if Int.random(in: 0..<8, using: &world.random) == 0 { save(world) }
        do throws(SimulatedRefusal) {
            switch stage {
            case .fencing: fence(world)
            case .locating: locate(world)
            case .restoring(let next, let end): restore(world, from: next, to: end)
            case .deciding: decide(world, skew: skew)
            case .forwarding: try forward(world)
            case .answering: try answer(world)
            case .positioning: try commitPosition(world)
            case .committing: try commit(world)
            case .aborting: try abort(world)
            }
        } catch {
            switch error {
            // Asked again with the next step.
            case .busy: return
            case .fenced: throw error
            // Nothing is left open, although the next owner would end it anyway.
            case .illegalGeneration:
                if var writer { try? world.broker.end(&writer, isCommit: false) }
                throw error
            }
        }
    }

    // MARK: - Taking over

    private func fence(_ world: SimulatedWorld) {
        guard let writer = world.broker.fence(Int(partition)) else { return }
        self.writer = writer
        stage = world.fault == .restoreBeforeFencing ? .deciding : .locating
        world.note(.fences, "arbiter \(member) has fenced inbox:\(partition), epoch \(writer.epoch)")
    }

    private func locate(_ world: SimulatedWorld) {
        position = world.broker.group.committed[partition] ?? 0
        let dedup = world.broker[SimulatedStream.dedup(partition)]
        known = dedup.low
        asOf = world.broker.now
        if let snapshot = disk.snapshot(of: partition, at: world.broker.now) {
            for (digest, state) in snapshot.states { try? decider.restore(digest, state) }
            known = max(known, snapshot.next)
            world.note(.snapshots, "arbiter \(member) has a snapshot of inbox:\(partition), dedup goes on at \(known)")
        }
        let end = world.fault == .restoreToWrongEnd ? assignedEnd : dedup.lastStable
        stage = .restoring(next: known, end: max(known, end))
    }

    /// Writes a snapshot, between two batches.
    func save(_ world: SimulatedWorld) {
        switch stage {
        case .deciding: break
        case .answering, .positioning, .committing:
            guard world.fault == .snapshotOfOpenBatch else { return }
        default: return
        }
        disk.save(SimulatedDisk.Snapshot(states: decider.states, next: known, asOf: asOf), of: partition)
    }

    private func restore(_ world: SimulatedWorld, from next: Int64, to end: Int64) {
        let batch = world.broker[SimulatedStream.dedup(partition)].read(from: next, maximum: 4)
        for case (let offset, _, .state(let digest, let bytes)) in batch.records where offset < end {
            do {
                try decider.restore(digest, try bytes.map { try HashState(wireBytes: $0) })
            } catch {
                world.fail(.unique, "a hash's state in dedup:\(partition):\(offset) cannot be restored: \(error)")
            }
        }
        if batch.next < end {
            stage = .restoring(next: batch.next, end: end)
            return
        }
        known = max(known, end)
        stage = world.fault == .restoreBeforeFencing ? .fencing : .deciding
        world.trace(
            "arbiter \(member) has restored \(decider.count) hashes of inbox:\(partition), goes on at \(position)")
    }

    // MARK: - A batch

    private func decide(_ world: SimulatedWorld, skew: Duration) {
        let read = world.broker[SimulatedStream.inbox(partition)]
            .read(from: cursor, maximum: Int.random(in: 1...4, using: &world.random))
        cursor = read.next
        var records = read.records.filter { $0.offset >= position }
        guard !records.isEmpty else { return }
        batch = Batch(next: read.next)
        if world.fault == .verdictByArrival { records.shuffle(using: &world.random) }
        var last = Timestamp(microseconds: 0)
        for case (let offset, let time, .request(let request)) in records {
            last = world.fault == .leaseByServerClock ? world.broker.now.advanced(by: skew) : time
            decider.decide(request.request, at: last)
            batch.requests.append((offset, request))
        }
        // It throws for what cannot be kept, of which there is nothing here.
        try? decider.sweep(at: last)
        world.trace("arbiter \(member) decides inbox:\(partition) \(records.map(\.offset))")
        stage = world.fault == .offsetBeforeForward ? .positioning : .forwarding
    }

    private func forward(_ world: SimulatedWorld) throws(SimulatedRefusal) {
        if mayFail(world) { return }
        let appends = decider.appends
        if batch.forwarded.count < appends.count {
            let new = appends[batch.forwarded.count]
            batch.forwarded.append(try append(.event(new.record), to: new.partition, world))
        }
        if batch.forwarded.count == appends.count { settle(world) }
    }

    private func settle(_ world: SimulatedWorld) {
        let settled: Decider.Settled
        do {
            settled = try decider.settle(batch.forwarded)
        } catch {
            return world.fail(.unique, "a state cannot be kept: \(error)")
        }
        batch.isSettled = true
        let dedup = SimulatedStream.dedup(partition)
        batch.answers = settled.states.map { (dedup, .state($0.digest, $0.state?.wireBytes)) }
        for ((offset, request), verdict) in zip(batch.requests, settled.verdicts) {
            let answer = SimulatedVerdict(
                offset: offset, partition: partition, client: request.client, number: request.number, verdict: verdict)
            batch.answers.append((SimulatedStream.verdicts(request.client), .verdict(answer)))
            if world.fault == .verdictByArrival { world.clients[request.client].take(answer, world) }
        }
        stage = .answering
    }

    private func answer(_ world: SimulatedWorld) throws(SimulatedRefusal) {
        if mayFail(world) { return }
        let (to, content) = batch.answers[batch.answered]
        let position = try append(content, to: to, world).position
        if case .state = content { batch.known = position.offset + 1 }
        batch.answered += 1
        guard batch.answered == batch.answers.count else { return }
        stage = world.fault == .offsetBeforeForward ? .committing : .positioning
    }

    private func append(
        _ content: SimulatedContent, to partition: StreamPartition, _ world: SimulatedWorld
    ) throws(SimulatedRefusal) -> Appended {
        guard world.fault != .noTransaction, var writer else { return world.broker.append(content, to: partition) }
        defer { self.writer = writer }
        return try world.broker.append(content, to: partition, in: &writer)
    }

    private func commitPosition(_ world: SimulatedWorld) throws(SimulatedRefusal) {
        let generation = world.fault == .metadataAfterRebalance ? world.broker.group.generation : self.generation
        let commit = SimulatedGroup.Commit(
            partition: partition, offset: batch.next, member: member, generation: generation)
        if world.fault == .noTransaction || world.fault == .offsetBeforeForward {
            guard world.broker.group.accepts(commit) else { throw .illegalGeneration }
            world.broker.group.commit(commit)
            stage = world.fault == .noTransaction ? .committing : .forwarding
            return
        }
        guard var writer else { return }
        defer { self.writer = writer }
        try world.broker.commit(commit, in: &writer)
        stage = .committing
    }

    private func commit(_ world: SimulatedWorld) throws(SimulatedRefusal) {
        guard world.fault != .noTransaction, var writer else { return finish(world) }
        guard world.chance(world.rates.unknownCommit) else {
            defer { self.writer = writer }
            try world.broker.end(&writer, isCommit: true)
            return finish(world)
        }
        // No answer: it was done, it was lost on the way, or it is yet to arrive.
        world.note(.unknownCommits, "arbiter \(member) does not know whether its transaction was committed")
        switch Int.random(in: 0..<3, using: &world.random) {
        case 0: try? world.broker.end(&writer, isCommit: true)
        case 1: break
        default: world.broker.flights.append(.commit(writer))
        }
        startAgain(world)
    }

    private func finish(_ world: SimulatedWorld) {
        decider.commit()
        position = batch.next
        if let last = batch.known {
            known = last
            asOf = world.broker.now
        }
        stage = .deciding
        world.note(.commits, "arbiter \(member) has committed inbox:\(partition) up to \(position)")
    }

    /// The partition is taken over anew, as if somebody else had had it.
    private func startAgain(_ world: SimulatedWorld) {
        decider = Decider()
        writer = nil
        cursor = world.broker.group.committed[partition] ?? 0
        stage = world.fault == .restoreBeforeFencing ? .locating : .fencing
    }

    // MARK: - Failures

    /// Appending fails now and then, which ends the transaction.
    private func mayFail(_ world: SimulatedWorld) -> Bool {
        guard world.chance(world.rates.failure) else { return false }
        stage = .aborting
        return true
    }

    private func abort(_ world: SimulatedWorld) throws(SimulatedRefusal) {
        if world.fault != .noTransaction, var writer {
            defer { self.writer = writer }
            try world.broker.end(&writer, isCommit: false)
        }
        if world.fault == .stateKeptAfterAbort, batch.isSettled {
            decider.commit()
        } else {
            decider.rollBack()
        }
        cursor = position
        stage = .deciding
        world.note(.aborts, "arbiter \(member) has given up what it decided of inbox:\(partition)")
    }
}
