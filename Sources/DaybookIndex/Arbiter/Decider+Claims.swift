import Daybook

/// Who gets a job.
extension Decider {
    mutating func claim(
        _ request: HashRequest, _ digest: HashDigest, _ known: HashState?, _ terms: ClaimTerms, at time: Timestamp
    ) throws(LogError) -> Verdict {
        guard let holder = request.holder else { throw .refused("a claim names no holder") }
        guard var state = known else { return try makeJob(request, digest, holder, terms, at: time) }
        // An event that was published with a job's hash was no job so far. It becomes one as it is.
        var job = state.job ?? JobState(status: .finished, holder: nil)
        switch job.status {
        case .finished, .aborted:
            return .lost(.over, job: state.event)
        case .failed:
            guard job.retries < terms.maximumRetries else { return .lost(.exhausted, job: state.event) }
            if let failed = job.failed, time < failed.advanced(by: terms.delay(beforeRetry: job.retries + 1)) {
                return .lost(.resting, job: state.event)
            }
            return try handOut(request, digest, &state, &job, to: holder, terms, counts: true, at: time)
        case .restarted:
            return try handOut(request, digest, &state, &job, to: holder, terms, counts: false, at: time)
        case .pending, .inProgress:
            if job.holder == holder { return try giveBack(digest, &state, &job, terms, at: time) }
            guard job.holder != nil else {
                return try handOut(request, digest, &state, &job, to: holder, terms, counts: false, at: time)
            }
            guard let end = job.leaseEnd, end <= time else { return .lost(.taken, job: state.event) }
            if job.retries < terms.maximumRetries {
                return try handOut(request, digest, &state, &job, to: holder, terms, counts: true, at: time)
            }
            return try endLastLease(request, digest, &state, &job, at: time)
        }
    }

    private mutating func makeJob(
        _ request: HashRequest, _ digest: HashDigest, _ holder: Holder, _ terms: ClaimTerms, at time: Timestamp
    ) throws(LogError) -> Verdict {
        guard !isFull(for: digest) else { return .full }
        let position = append(request.record, to: request.target)
        var job = JobState(holder: nil)
        job.give(to: holder, lease: terms.lease, at: time)
        try set(digest, HashState(event: request.event, created: position, job: job))
        return .granted(
            GrantedJob(event: request.event, position: position, status: job.status, retries: 0, isNew: true))
    }

    /// An unfinished job is its holder's, however often it asks.
    private mutating func giveBack(
        _ digest: HashDigest, _ state: inout HashState, _ job: inout JobState, _ terms: ClaimTerms, at time: Timestamp
    ) throws(LogError) -> Verdict {
        if let lease = terms.lease { job.lease = lease }
        job.renew(at: time)
        if job != state.job {
            state.job = job
            try set(digest, state)
        }
        return .granted(
            GrantedJob(
                event: state.event, position: state.created, status: job.status, retries: job.retries, isNew: false))
    }

    /// Hands a job that exists already to a holder.
    private mutating func handOut(
        _ request: HashRequest, _ digest: HashDigest, _ state: inout HashState, _ job: inout JobState,
        to holder: Holder,
        _ terms: ClaimTerms, counts: Bool, at time: Timestamp
    ) throws(LogError) -> Verdict {
        let description =
            switch job.status {
            case .failed: "Restarting failed event"
            case .restarted: "Restarting event"
            default: "Taking over, as the lease of \(job.holder?.description ?? "nobody") ended"
            }
        if counts { job.retries += 1 }
        job.status = .pending
        job.give(to: holder, lease: terms.lease, at: time)
        let record = try changed(request, state) { entry in
            entry.event.status = .pending
            entry.event.progress = 0
            entry.event.retries = job.retries
            entry.event.description = description
            entry.changes = [.status, .progress, .retries, .sender, .description]
            if entry.event.senderType != nil { entry.changes.insert(.senderType) }
            if entry.event.user != nil { entry.changes.insert(.user) }
        }
        let position = append(record, to: home(state))
        state.job = job
        try set(digest, state)
        return .granted(
            GrantedJob(event: state.event, position: position, status: .pending, retries: job.retries, isNew: false))
    }

    /// The lease of the last try ended: the job failed.
    private mutating func endLastLease(
        _ request: HashRequest, _ digest: HashDigest, _ state: inout HashState, _ job: inout JobState,
        at time: Timestamp
    ) throws(LogError) -> Verdict {
        let description = "The lease of \(job.holder?.description ?? "nobody") ended"
        job.status = .failed
        job.failed = time
        job.release()
        let retries = job.retries
        let record = try changed(request, state) { entry in
            entry.event.status = .failed
            entry.event.retries = retries
            entry.event.description = description
            entry.changes = [.status, .description]
        }
        _ = append(record, to: home(state))
        state.job = job
        try set(digest, state)
        return .lost(.exhausted, job: state.event)
    }

    /// A change of the job that exists, made from the record of the one that was asked for.
    private func changed(
        _ request: HashRequest, _ state: HashState, _ body: (inout EventRecord) -> Void
    ) throws(LogError) -> Record {
        var entry: EventRecord
        do {
            entry = try RecordDecoder.decode(request.record)
        } catch {
            throw .refused("the claim's record cannot be read: \(error)")
        }
        entry.operation = .changed
        entry.event.id = state.event
        entry.event.payload = nil
        entry.recordID = EventRecord.recordID(changing: state.event)
        body(&entry)
        return RecordEncoder.encode(entry)
    }
}

extension ClaimTerms {
    /// How long a failed job rests before its n-th retry.
    func delay(beforeRetry retry: Int) -> Duration {
        // Doubling ends long before it overflows.
        retryDelay * (1 << min(max(retry - 1, 0), 20))
    }
}
