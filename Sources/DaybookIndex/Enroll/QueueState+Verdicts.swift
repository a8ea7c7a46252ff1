import Daybook

extension QueueState {
    /// The shortest time until a job is asked for again whose rest or lease ended later than thought, in microseconds.
    private static let shortPause: Int64 = 250_000

    /// Takes the arbiter's answer to a claim in.
    ///
    /// - Parameter revision: the queue's when the source was picked.
    mutating func settle(
        _ id: EventID, _ verdict: Verdict, for holder: Holder, lease: Duration?, since revision: Int, at now: Int64
    ) {
        guard let source = sources[id] else { return }
        // What the index told meanwhile may be newer than the answer. When it is older, the next answer tells.
        if case .lost = verdict, source.revision > revision { return unclaim(id) }
        switch verdict {
        case .granted(let job):
            // The index may know more already.
            if let known = source.job, known.id == job.event, known.lastOffset > job.position.offset {
                return confirm(id, source, known.status, of: holder, lease: lease, at: now)
            }
            granted(job, id, to: holder, lease: lease, at: now)
        case .lost(.over, _): remove(id)
        case .lost(.exhausted, _):
            setHolder(nil, of: id)
            enter(.exhausted, id, since: source.since)
        case .lost(.resting, _):
            setHolder(nil, of: id)
            let pause = max(min(key.retryDelay.components.seconds * 250_000, 1_000_000), Self.shortPause)
            enter(.resting, id, since: source.since, wake: now + pause)
        case .lost(.taken, _): taken(id, source, by: holder, at: now)
        default: unclaim(id)
        }
    }

    private mutating func granted(
        _ job: GrantedJob, _ id: EventID, to holder: Holder, lease: Duration?, at now: Int64
    ) {
        let since = sources[id]?.holder?.exactly == holder ? sources[id]?.since ?? now : now
        sources[id]?.job = .init(
            id: job.event, status: job.status, retries: job.retries, lastOffset: job.position.offset)
        // Without a new one the former lease goes on when a job is given back.
        if lease != nil || job.isNew || sources[id]?.holder?.exactly != holder {
            sources[id]?.lease = lease.map { $0.components.seconds * 1_000_000 }
        }
        setHolder(JobHolder(holder), of: id)
        run(id, since: since, at: now)
    }

    /// The holder had the job when it asked. Of a job that is given back the index knows more as a rule, but not which
    /// worker has it and for how long: that only the answer tells.
    private mutating func confirm(
        _ id: EventID, _ source: QueuedSource, _ status: EventStatus, of holder: Holder, lease: Duration?,
        at now: Int64
    ) {
        guard status == .pending || status == .inProgress, source.holder?.fits(holder) == true else {
            return unclaim(id)
        }
        if let lease { sources[id]?.lease = lease.components.seconds * 1_000_000 }
        setHolder(JobHolder(holder), of: id)
        run(id, since: source.since, at: now)
    }

    /// Somebody else has it.
    private mutating func taken(_ id: EventID, _ source: QueuedSource, by holder: Holder, at now: Int64) {
        var known = source.holder ?? JobHolder(sender: "")
        if known.exactly == holder { known = JobHolder(sender: holder.sender) }
        // Who has it may be known better than by this answer.
        if known.exactly == nil { known.others.insert(holder) }
        setHolder(known, of: id)
        switch source.phase {
        case .running: break
        case .claiming, .ready:
            let pause = source.lease.map { Swift.max($0 / 4, Self.shortPause) } ?? Self.probeInterval
            enter(.running, id, since: source.since, wake: now + pause)
        case .resting, .exhausted: break
        }
    }

    /// A claim came to nothing: the source can be had as before.
    mutating func unclaim(_ id: EventID) {
        guard let source = sources[id], source.phase == .claiming else { return }
        enter(.ready, id, since: source.since)
    }
}
