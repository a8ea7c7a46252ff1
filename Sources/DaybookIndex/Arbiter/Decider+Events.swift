import Daybook

/// What becomes of writes that concern an event with a hash.
extension Decider {
    mutating func publish(
        _ request: HashRequest, _ digest: HashDigest, _ state: HashState?, _ terms: HashTerms, at time: Timestamp
    ) throws(LogError) -> Verdict {
        if let state { return Self.repeated(request, state, terms) }
        return try create(request, digest, terms, at: time)
    }

    mutating func reserve(
        _ request: HashRequest, _ digest: HashDigest, _ state: HashState?, _ terms: HashTerms, at time: Timestamp
    ) throws(LogError) -> Verdict {
        if let state { return Self.repeated(request, state, terms) }
        guard !isFull(for: digest) else { return .full }
        // No record belongs to it: what counts is that the hash is taken, and for which event.
        let nowhere = Position(request.target, 0)
        try set(digest, HashState(event: request.event, created: nowhere, terms, at: time))
        return .done(nowhere)
    }

    mutating func reuse(
        _ request: HashRequest, _ digest: HashDigest, _ state: HashState?, _ terms: HashTerms, at time: Timestamp
    ) throws(LogError) -> Verdict {
        guard let state else { return try create(request, digest, terms, at: time) }
        // The same request again.
        if state.event == request.event { return Self.repeated(request, state, terms) }
        do {
            _ = append(try request.record.deletion(of: state.event), to: home(state))
        } catch {
            throw .refused("the request's record cannot be read: \(error)")
        }
        return try create(request, digest, terms, at: time)
    }

    private static func repeated(_ request: HashRequest, _ state: HashState, _ terms: HashTerms) -> Verdict {
        if let said = state.bodyDigest, let says = terms.bodyDigest, said != says { return .keyReused(state.event) }
        guard state.event == request.event else { return .duplicate(of: state.event, created: state.created) }
        return .repeated(state.created)
    }

    private mutating func create(
        _ request: HashRequest, _ digest: HashDigest, _ terms: HashTerms, at time: Timestamp
    ) throws(LogError) -> Verdict {
        guard !isFull(for: digest) else { return .full }
        let position = append(request.record, to: request.target)
        try set(digest, HashState(event: request.event, created: position, terms, at: time))
        return .done(position)
    }

    mutating func change(
        _ request: HashRequest, _ digest: HashDigest, _ state: HashState?, at time: Timestamp
    ) throws(LogError) -> Verdict {
        guard var state, state.event == request.event else { return try forgotten(request) }
        if var job = state.job {
            guard job.takes(request) else { return .held(by: job.holder) }
            job.change(request, at: time)
            if job != state.job {
                state.job = job
                try set(digest, state)
            }
        }
        // A tick of progress is no part of the event's history.
        let isSignal = request.target.stream != home(state).stream
        return .done(append(request.record, to: isSignal ? request.target : home(state)))
    }

    /// What concerns an event that does not have its hash, or has it no longer.
    private mutating func forgotten(_ request: HashRequest) throws(LogError) -> Verdict {
        request.mayBeForgotten ? .done(append(request.record, to: request.target)) : .notFound
    }

    mutating func delete(
        _ request: HashRequest, _ digest: HashDigest, _ state: HashState?
    ) throws(LogError) -> Verdict {
        guard let state, state.event == request.event else { return try forgotten(request) }
        let position = append(request.record, to: home(state))
        try set(digest, nil)
        return .done(position)
    }
}

extension JobState {
    /// Whether a change of the job is to be made.
    ///
    /// The holder may do anything; an operator, who names nobody, too. Somebody else may restart it, or abort it while
    /// it is not over, unless it had the job before: what a former holder still sends is late. Whoever had a job that is
    /// over is forgotten but for the last one, so of it nothing else is taken from anybody who does not have it.
    fileprivate func takes(_ request: HashRequest) -> Bool {
        guard let actor = request.holder, actor != holder else { return true }
        if former.contains(actor) { return false }
        return request.status == .restarted || (request.status == .aborted && !isOver)
    }

    fileprivate mutating func change(_ request: HashRequest, at time: Timestamp) {
        let isHolders = request.holder != nil && request.holder == holder
        let wasOver = isOver
        if let status = request.status {
            self.status = status
            switch status {
            case .failed: failed = time
            case .restarted: release()
            case .finished, .aborted: former = []
            case .pending, .inProgress: break
            }
            // What is over is remembered no more than it takes to tell so.
            if wasOver, !isOver { retries = request.retries }
            if isOver {
                retries = 0
                failed = nil
                lease = nil
                leaseEnd = nil
            }
        }
        if isHolders, !isOver, holder != nil { renew(at: time) }
    }
}

extension HashState {
    fileprivate init(event: EventID, created: Position, _ terms: HashTerms, at time: Timestamp) {
        self.init(
            event: event, created: created, expires: terms.window.map { time.advanced(by: $0).upToSecond },
            bodyDigest: terms.bodyDigest)
    }
}

extension Timestamp {
    /// Rounded up to a whole second.
    fileprivate var upToSecond: Timestamp {
        Timestamp(microseconds: (microseconds + 999_999) / 1_000_000 * 1_000_000)
    }
}

extension Record {
    /// The record that deletes another event, made from the one that takes its place.
    fileprivate func deletion(of event: EventID) throws -> Record {
        var entry = try RecordDecoder.decode(self)
        entry.operation = .deleted
        entry.event.id = event
        entry.event.payload = nil
        entry.recordID = EventRecord.recordID(changing: event)
        return RecordEncoder.encode(entry)
    }
}
