import Daybook

/// What may be answered to the requests of a hash: taken in inbox order, each verdict has to fit those before it. The
/// rules are guarantees G3 and G6, written down a second time and without any of the arbiter's code.
struct HashLedger {
    /// An event that has a hash.
    struct Owner {
        let event: EventID
        var expires: Timestamp?
        var job: Job?
    }

    struct Job {
        var status = EventStatus.pending
        var holder: Holder?
        /// Who had it since it was begun anew after it was over, but the holder.
        var former: Set<Holder> = []
        var lease: Duration?
        var leaseEnd: Timestamp?

        var isOver: Bool { status == .finished || status == .aborted }

        func isFree(at time: Timestamp) -> Bool {
            switch status {
            case .failed, .restarted: true
            case .finished, .aborted: false
            case .pending, .inProgress: holder == nil || leaseEnd.map { $0 <= time } ?? false
            }
        }

        mutating func release() {
            if let holder { former.insert(holder) }
            (holder, leaseEnd) = (nil, nil)
        }

        mutating func renew(at time: Timestamp) { leaseEnd = lease.map { time.advanced(by: $0) } }
    }

    /// A kind of record that history has of an event.
    struct Entry: Hashable, CustomStringConvertible {
        let event: EventID
        let operation: RecordOperation

        var description: String { "'\(operation.rawValue)' of \(event.short)" }
    }

    private(set) var live: [String: Owner] = [:]
    /// How many records history must have.
    private(set) var history: [Entry: Int] = [:]

    mutating func take(
        _ request: HashRequest, _ verdict: Verdict, at time: Timestamp
    ) throws(SimulationCheck.Violation) {
        var owner = live[request.hash]
        if let expires = owner?.expires, expires <= time { owner = nil }
        defer { live[request.hash] = owner }
        switch request.action {
        case .publish(let terms), .reuse(let terms):
            let isReuse = if case .reuse = request.action { true } else { false }
            switch verdict {
            case .done where owner == nil || (isReuse && owner?.event != request.event):
                if let old = owner?.event { note(.deleted, old) }
                note(.created, request.event)
                owner = Owner(event: request.event, expires: terms.window.map { time.advanced(by: $0).nextSecond })
            case .repeated where owner?.event == request.event: break
            case .duplicate(let first, _) where !isReuse && owner?.event == first && first != request.event: break
            default: throw unfit(.unique, request, verdict, owner)
            }
        case .reserve: throw unfit(.unique, request, verdict, owner)
        case .delete:
            switch verdict {
            case .done where owner?.event == request.event:
                note(.deleted, request.event)
                owner = nil
            case .notFound where owner?.event != request.event: break
            default: throw unfit(.unique, request, verdict, owner)
            }
        case .change: try change(request, verdict, &owner, at: time)
        case .claim(let terms): try claim(request, verdict, terms, &owner, at: time)
        }
    }

    private mutating func change(
        _ request: HashRequest, _ verdict: Verdict, _ owner: inout Owner?, at time: Timestamp
    ) throws(SimulationCheck.Violation) {
        guard owner?.event == request.event else {
            guard verdict == .notFound else { throw unfit(.unique, request, verdict, owner) }
            return
        }
        let job = owner?.job
        switch verdict {
        case .done:
            if request.target != SimulatedStream.signals { note(.changed, request.event) }
            guard var job else { return }
            if let actor = request.holder, actor != job.holder {
                // Only workers give their name here. One that had the job before it was begun anew is as good as any.
                guard !job.former.contains(actor), request.status == .aborted, !job.isOver else {
                    throw unfit(.oneWinner, request, verdict, owner)
                }
            }
            if let status = request.status { job.status = status }
            if job.status == .restarted { job.release() }
            // What is over and begun again by its holder, nobody waits for.
            if job.isOver { (job.former, job.lease, job.leaseEnd) = ([], nil, nil) }
            if request.holder != nil, request.holder == job.holder, !job.isOver { job.renew(at: time) }
            owner?.job = job
        case .held where job != nil && request.holder != nil && request.holder != job?.holder: break
        default: throw unfit(.oneWinner, request, verdict, owner)
        }
    }

    private mutating func claim(
        _ request: HashRequest, _ verdict: Verdict, _ terms: ClaimTerms, _ owner: inout Owner?, at time: Timestamp
    ) throws(SimulationCheck.Violation) {
        guard var job = owner?.job else {
            guard case .granted(let granted) = verdict, granted.isNew, owner == nil else {
                throw unfit(.oneWinner, request, verdict, owner)
            }
            note(.created, request.event)
            owner = Owner(event: request.event, job: Job(holder: request.holder, lease: terms.lease))
            owner?.job?.renew(at: time)
            return
        }
        switch verdict {
        case .granted(let granted) where granted.event == owner?.event && !granted.isNew:
            if request.holder == job.holder, job.status == .pending || job.status == .inProgress {
                job.lease = terms.lease ?? job.lease
            } else {
                guard job.isFree(at: time) else { throw unfit(.oneWinner, request, verdict, owner) }
                note(.changed, granted.event)
                if request.holder != job.holder { job.release() }
                (job.holder, job.status, job.lease) = (request.holder, .pending, terms.lease)
            }
            job.renew(at: time)
        case .lost(let loss, let event) where event == owner?.event:
            let isRight =
                switch loss {
                case .over: job.isOver
                case .taken: !job.isFree(at: time) && !job.isOver && request.holder != job.holder
                case .resting: job.status == .failed
                case .exhausted: job.isFree(at: time) && job.status != .restarted
                }
            guard isRight else { throw unfit(.oneWinner, request, verdict, owner) }
            if loss == .exhausted, job.status != .failed {
                note(.changed, event)
                job.status = .failed
                job.release()
            }
        default: throw unfit(.oneWinner, request, verdict, owner)
        }
        owner?.job = job
    }

    private mutating func note(_ operation: RecordOperation, _ event: EventID) {
        history[Entry(event: event, operation: operation), default: 0] += 1
    }

    private func unfit(
        _ rule: SimulationViolation.Rule, _ request: HashRequest, _ verdict: Verdict, _ owner: Owner?
    ) -> SimulationCheck.Violation {
        let state =
            owner.map { "the hash is \($0.event.short)'s\($0.job.map { ", \($0)" } ?? "")" } ?? "the hash is free"
        return SimulationCheck.Violation(rule, "to \(request.summary) is answered \(verdict), when \(state)")
    }
}

extension Timestamp {
    /// Windows end on whole seconds.
    fileprivate var nextSecond: Timestamp {
        Timestamp(microseconds: (microseconds + 999_999) / 1_000_000 * 1_000_000)
    }
}
