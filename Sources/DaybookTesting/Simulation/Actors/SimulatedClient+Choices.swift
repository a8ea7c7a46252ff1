import Daybook

/// What clients do next.
extension SimulatedClient {
    static let hashes = ["a", "b", "c", "brief"]
    static let jobs = ["job 1", "job 2"]
    /// How long ``hashes``' last one stays taken.
    private static let window = Duration.seconds(20)
    private static let lease = Duration.seconds(5)

    func choose(_ world: SimulatedWorld) {
        guard !world.isEnding else { return }
        switch role {
        case .publisher: publish(world)
        case .worker(let holder): work(holder, world)
        case .keeper: keep(world)
        }
    }

    // MARK: - Publishers

    private func publish(_ world: SimulatedWorld) {
        guard let hash = Self.hashes.randomElement(using: &world.random) else { return }
        switch Int.random(in: 0..<100, using: &world.random) {
        case 0..<20: publishPlain(world)
        case 20..<65: create(hash, world) { .publish($0) }
        case 65..<75: create(hash, world) { .reuse($0) }
        case 75..<90: world.known(hash, using: { change($0, nil, nil, world) })
        default: world.known(hash, using: { delete($0, world) })
        }
    }

    private func create(_ hash: String, _ world: SimulatedWorld, _ action: (HashTerms) -> HashRequest.Action) {
        let event = world.event("sim.hashed", hash: hash)
        let terms = HashTerms(window: hash == "brief" ? Self.window : nil)
        ask(
            HashRequest(
                action(terms), hash: hash, event: event.id, record: RecordEncoder.encode(created: event, actor: nil),
                target: world.home(of: event)), world)
    }

    private func change(_ event: Event, _ status: EventStatus?, _ holder: Holder?, _ world: SimulatedWorld) {
        var changed = event
        let change =
            status.map { EventChange(status: $0) } ?? EventChange(description: "changed at \(world.now)")
        change.apply(to: &changed)
        ask(
            HashRequest(
                .change, hash: event.hash ?? "", event: event.id,
                record: RecordEncoder.encode(
                    EventRecord(
                        operation: .changed, recordID: EventRecord.recordID(changing: event.id), event: changed,
                        changes: change.fields)),
                target: world.home(of: event), holder: holder, status: status), world)
    }

    private func delete(_ event: Event, _ world: SimulatedWorld) {
        ask(
            HashRequest(
                .delete, hash: event.hash ?? "", event: event.id,
                record: RecordEncoder.encode(
                    EventRecord(
                        operation: .deleted, recordID: EventRecord.recordID(changing: event.id), event: event)),
                target: world.home(of: event)), world)
    }

    // MARK: - Workers

    private func work(_ holder: Holder, _ world: SimulatedWorld) {
        guard let job = held else { return claim(holder, world) }
        switch Int.random(in: 0..<100, using: &world.random) {
        // Busy, or away for longer than it thinks.
        case 0..<40: break
        case 40..<50: tick(job, holder, world)
        case 50..<60: change(job, .inProgress, holder, world)
        case 60..<80: change(job, .finished, holder, world)
        case 80..<93: change(job, .failed, holder, world)
        case 93..<96: change(job, .aborted, holder, world)
        default: claim(holder, world)
        }
    }

    private func claim(_ holder: Holder, _ world: SimulatedWorld) {
        guard let hash = Self.jobs.randomElement(using: &world.random) else { return }
        let job = world.event("sim.job", hash: hash, sender: holder.sender, status: .pending)
        let record = RecordEncoder.encode(created: job, actor: nil)
        if world.fault == .claimWithoutArbiter {
            // As far as this worker knows.
            guard !world.isInHistory(hash) else { return }
            world.send(.event(record), to: world.home(of: job))
            return takeWithoutAsking(job)
        }
        let lease: Duration? = world.chance(80) ? Self.lease : nil
        let terms = ClaimTerms(
            maximumRetries: 3, lease: lease, retryDelay: world.chance(50) ? .zero : .seconds(1))
        ask(
            HashRequest(
                .claim(terms), hash: hash, event: job.id, record: record, target: world.home(of: job),
                holder: holder, status: .pending), world)
    }

    /// Progress, which is no part of the job's history but keeps its lease alive.
    private func tick(_ job: Event, _ holder: Holder, _ world: SimulatedWorld) {
        var changed = job
        changed.progress = 50
        ask(
            HashRequest(
                .change, hash: job.hash ?? "", event: job.id,
                record: RecordEncoder.encode(
                    EventRecord(
                        operation: .changed, recordID: EventRecord.recordID(changing: job.id), event: changed,
                        changes: .progress)),
                target: SimulatedStream.signals, holder: holder), world)
    }

    // MARK: - Keepers

    private func keep(_ world: SimulatedWorld) {
        guard let hash = (Self.jobs + Self.jobs + Self.hashes).randomElement(using: &world.random) else { return }
        world.known(hash) { event in
            switch Int.random(in: 0..<10, using: &world.random) {
            case 0..<6: change(event, .restarted, nil, world)
            case 6..<8: change(event, .aborted, nil, world)
            default: delete(event, world)
            }
        }
    }
}
