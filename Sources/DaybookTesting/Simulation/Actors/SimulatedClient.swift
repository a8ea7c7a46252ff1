import Daybook

/// Somebody who asks for writes and waits for verdicts, one at a time: sends a request again when no verdict comes, and
/// when it crashes forgets what it was waiting for.
final class SimulatedClient {
    enum Role {
        /// Publishes events, changes and deletes them.
        case publisher
        /// Claims jobs and reports, sometimes late.
        case worker(Holder)
        /// Restarts, aborts and deletes what it finds.
        case keeper
    }

    struct Pending {
        let request: HashRequest
        let number: Int
        let sentAt: Int
        var tries = 1
    }

    let number: Int
    let role: Role
    private var pending: Pending?
    private var lastNumber = 0
    /// Where it goes on reading verdicts.
    private var next: Int64 = 0
    /// A plain event that the log has not acknowledged yet.
    private var plain: (event: Event, sentAt: Int)?
    /// Of a worker: the job it believes to have.
    private(set) var held: Event?
    /// Steps to the next repeat, when nothing fails any more.
    private var patience = 200

    init(_ number: Int, _ role: Role) {
        self.number = number
        self.role = role
    }

    var isWaiting: Bool { pending != nil || plain != nil }

    func step(_ world: SimulatedWorld) {
        if plain != nil { return appendPlain(world) }
        guard pending != nil else { return choose(world) }
        receive(world)
        // Given up, and asked again with the same id: it may be decided twice.
        if pending != nil, world.chance(world.rates.retry) {
            pending?.tries += 1
            send(world)
        }
    }

    /// When nothing fails any more: waits, and asks again now and then.
    func endingStep(_ world: SimulatedWorld) {
        if plain != nil { return appendPlain(world) }
        guard pending != nil else { return }
        receive(world)
        patience -= 1
        guard pending != nil, patience <= 0 else { return }
        patience = 200
        send(world)
    }

    func crash(_ world: SimulatedWorld) {
        pending = nil
        plain = nil
        held = nil
        next = world.broker[SimulatedStream.verdicts(number)].lastStable
    }

    // MARK: - Requests

    func ask(_ request: HashRequest, _ world: SimulatedWorld) {
        lastNumber += 1
        pending = Pending(request: request, number: lastNumber, sentAt: world.now)
        world.note(.requests, "client \(number) asks \(lastNumber): \(request.summary)")
        send(world)
    }

    private func send(_ world: SimulatedWorld) {
        guard let pending else { return }
        let inbox = SimulatedStream.inbox(SimulatedStream.arbiterPartition(of: pending.request.hash))
        let content = SimulatedContent.request(
            SimulatedRequest(request: pending.request, client: number, number: pending.number))
        world.send(content, to: inbox)
    }

    private func receive(_ world: SimulatedWorld) {
        let read = world.broker[SimulatedStream.verdicts(number)].read(from: next, maximum: 16)
        next = read.next
        for case (_, _, .verdict(let verdict)) in read.records where verdict.client == number { take(verdict, world) }
    }

    func take(_ answer: SimulatedVerdict, _ world: SimulatedWorld) {
        guard let pending, answer.number == pending.number else { return }
        self.pending = nil
        world.note(answer.verdict.count, "client \(number) is told \(pending.number): \(answer.verdict)")
        world.journal.answers.append(
            SimulatedJournal.Answer(
                client: number, request: pending.request, verdict: answer.verdict, sentAt: pending.sentAt,
                toldAt: world.now))
        react(to: answer.verdict, pending.request, world)
    }

    private func react(to verdict: Verdict, _ request: HashRequest, _ world: SimulatedWorld) {
        switch verdict {
        case .granted(let job):
            held = world.events[job.event]
        case .held, .notFound:
            held = nil
        case .done:
            if let status = request.status, status != .inProgress { held = nil }
        default: break
        }
    }

    // MARK: - Plain writes

    /// Publishes an event without a hash; it is sent again until it is known to be there.
    func publishPlain(_ world: SimulatedWorld) {
        let key = "key \(Int.random(in: 0..<2, using: &world.random))"
        plain = (world.event("sim.plain", orderingKey: key), world.now)
        appendPlain(world)
    }

    private func appendPlain(_ world: SimulatedWorld) {
        guard let (event, sentAt) = plain, let key = event.orderingKey else { return }
        let partition = SimulatedStream.historyPartition(ofKey: key)
        let content = SimulatedContent.event(RecordEncoder.encode(created: event, actor: nil))
        guard let position = world.send(content, to: partition) else { return }
        plain = nil
        world.journal.plain.append(
            SimulatedJournal.Plain(event: event, position: position, sentAt: sentAt, toldAt: world.now))
    }

    /// What a worker does that writes its claim by itself.
    func takeWithoutAsking(_ job: Event) { held = job }
}

extension HashRequest {
    private static let names = Dictionary(
        (SimulatedClient.hashes + SimulatedClient.jobs).map { (HashDigest($0), $0) }, uniquingKeysWith: { $1 })

    /// The hash, of which the arbiter gets no more than the digest.
    var hash: String { Self.names[digest] ?? "" }

    /// For traces.
    var summary: String {
        let what =
            switch action {
            case .publish: "publish"
            case .reserve: "reserve"
            case .reuse: "reuse"
            case .change: "change to \(status?.rawValue ?? "some progress")"
            case .delete: "delete"
            case .claim: "claim"
            }
        return "\(what) \(hash) \(event.short)\(holder.map { " for \($0)" } ?? "")"
    }
}

extension EventID {
    /// For traces and violations: ids of a schedule are numbered.
    var short: String { "e\(low & 0xFFFF)" }
}

extension Verdict {
    fileprivate var count: SimulationSummary.Count {
        switch self {
        case .done: .done
        case .repeated: .repeats
        case .duplicate, .keyReused: .duplicates
        case .granted: .granted
        case .lost: .lost
        case .held: .refusedReports
        case .notFound, .full, .invalid: .others
        }
    }
}
