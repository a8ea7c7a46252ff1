import Daybook
import HeapModule

/// The sources that requests with one key choose from, the oldest first: those that can be had, and those whose jobs are
/// not over. Sources whose job is over are not in it, so that nothing here grows with what was done.
///
/// What it knows is a hint, made from the index and from the arbiter's answers. Who gets a job is the arbiter's to say.
struct QueueState {
    /// How many sources that can be had are kept ready; the others are looked for in the index when these run out.
    static let window = 65_536
    private let window: Int
    /// How often a job is asked for whose holder is not known, in microseconds: it may be the one who asks, or its lease
    /// may have ended.
    static let probeInterval: Int64 = 60_000_000

    let key: QueueKey
    var scan: SourceScan
    /// Whether every source there is was looked at.
    var isComplete = false
    var sources: [EventID: QueuedSource] = [:]
    /// Counts what the index told of sources and their jobs.
    private(set) var revision = 0
    private var ready = Heap<RankedSource>()
    private(set) var readyCount = 0
    /// Sequential queues only: every source whose job is neither over nor exhausted.
    private var order = Heap<RankedSource>()
    private var timers = Heap<SourceTimer>()
    /// Running jobs by the sender that has them.
    private var held: [String: Set<EventID>] = [:]
    /// Sources left out for their age.
    private(set) var hidden = BoundedSet(limit: 100_000)
    /// What came of the payloads of sources.
    var payloads = PayloadMemo(limit: 200_000)
    /// Sources whose payload has to be read before more can be said.
    var unread: Set<EventID> = []

    init(_ key: QueueKey, window: Int = QueueState.window) {
        self.key = key
        self.window = window
        scan = SourceScan(key)
    }

    /// Whether the sources up to this place were looked at, so that changes of them count.
    func covers(_ key: SourceKey) -> Bool {
        isComplete || scan.place.map { key <= $0 } ?? false
    }

    // MARK: - What the index tells

    /// Takes a finished source in, or what has become of it.
    mutating func consider(_ source: IndexedEventView, _ job: JobFacts?, at now: Int64) {
        let id = source.id
        hidden.remove(id)
        guard let isMatch = matches(source) else {
            unread.insert(id)
            return remove(id)
        }
        unread.remove(id)
        guard isMatch, job?.isOver != true else {
            if job?.isOver == true { payloads.remove(id) }
            return remove(id)
        }
        let updatedAt = source.updatedAt.microseconds
        if sources[id] == nil {
            // With a job it may be somebody's, or was begun.
            if job == nil, isOld(updatedAt, at: now) {
                hidden.insert(id)
                return
            }
            sources[id] = QueuedSource(key: SourceKey(source), updatedAt: updatedAt)
            noteChange(of: id)
            if key.isSequential { order.insert(RankedSource(key: SourceKey(source), id: id)) }
            if job == nil { enter(.ready, id, since: updatedAt) }
        } else {
            sources[id]?.updatedAt = updatedAt
        }
        if let job { apply(job, of: id, handout: nil, at: now) }
    }

    /// Nil when it depends on a payload that was not read.
    private func matches(_ source: IndexedEventView) -> Bool? {
        if !key.ignoredSenderTypes.isEmpty {
            guard let type = source.senderType, !key.ignoredSenderTypes.contains(String(decoding: type, as: UTF8.self))
            else { return false }
        }
        guard let filter = key.filter else { return true }
        guard filter.readsPayload, let position = source.payloadPosition else {
            return filter.matches(source, payload: filter.payloadResults(nil))
        }
        return payloads[source.id, position.offset].map { filter.matches(source, payload: $0) }
    }

    /// Takes in what has become of a source's job.
    ///
    /// - Parameter handout: who got it, where a record tells.
    mutating func apply(_ job: JobFacts, of id: EventID, handout: JobMetadata?, at now: Int64) {
        guard let source = sources[id] else { return }
        if let known = source.job, known.id == job.id, known.lastOffset >= job.lastOffset { return }
        if job.isOver {
            payloads.remove(id)
            return remove(id)
        }
        noteChange(of: id)
        let isNew = source.job == nil
        sources[id]?.job = .init(id: job.id, status: job.status, retries: job.retries, lastOffset: job.lastOffset)
        switch job.status {
        case .failed: enterFailed(id, retries: job.retries, since: job.updatedAt, at: now)
        case .restarted, .finished, .aborted:
            setHolder(nil, of: id)
            enter(.ready, id, since: job.updatedAt)
        case .pending, .inProgress:
            if let handout {
                sources[id]?.lease = handout.lease
                setHolder(JobHolder(Holder(job.sender, workerID: handout.worker)), of: id)
                run(id, since: job.updatedAt, at: job.updatedAt)
            } else if let holder = source.holder, holder.sender == job.sender {
                // A sign of life.
                run(id, since: source.since, at: job.updatedAt)
            } else {
                if isNew { sources[id]?.lease = job.metadata.lease }
                setHolder(JobHolder(sender: job.sender), of: id)
                run(id, since: job.updatedAt, at: job.updatedAt)
            }
        }
    }

    /// A source's job was deleted: another one can be made.
    mutating func jobRemoved(_ job: EventID, of id: EventID) {
        guard let source = sources[id], source.job?.id == job else { return }
        noteChange(of: id)
        sources[id]?.job = nil
        setHolder(nil, of: id)
        enter(.ready, id, since: source.updatedAt)
    }

    private mutating func noteChange(of id: EventID) {
        revision += 1
        sources[id]?.revision = revision
    }

    mutating func remove(_ id: EventID) {
        guard sources[id] != nil else { return }
        setHolder(nil, of: id)
        leave(id)
        sources[id] = nil
    }

    /// A source that is gone, or is no source any more.
    mutating func forget(_ id: EventID) {
        remove(id)
        hidden.remove(id)
        unread.remove(id)
    }

    // MARK: - Phases

    private mutating func leave(_ id: EventID) {
        if sources[id]?.phase == .ready { readyCount -= 1 }
        sources[id]?.phase = .claiming
        sources[id]?.wake = .max
    }

    mutating func enter(_ phase: QueuedSource.Phase, _ id: EventID, since: Int64, wake: Int64 = .max) {
        guard let source = sources[id] else { return }
        leave(id)
        sources[id]?.phase = phase
        sources[id]?.since = since
        sources[id]?.wake = wake
        if wake != .max { timers.insert(SourceTimer(time: wake, id: id)) }
        if key.isSequential, source.phase == .exhausted { order.insert(RankedSource(key: source.key, id: id)) }
        guard phase == .ready else { return }
        readyCount += 1
        ready.insert(RankedSource(key: source.key, id: id))
        if ready.count > 2 * sources.count + 1024 { sweep() }
    }

    mutating func setHolder(_ holder: JobHolder?, of id: EventID) {
        if let former = sources[id]?.holder {
            held[former.sender]?.remove(id)
            if held[former.sender]?.isEmpty == true { held[former.sender] = nil }
        }
        sources[id]?.holder = holder
        if let holder { held[holder.sender, default: []].insert(id) }
    }

    /// Its holder has the job.
    ///
    /// - Parameter sign: when the holder showed the last sign of life.
    mutating func run(_ id: EventID, since: Int64, at sign: Int64) {
        let interval = sources[id]?.lease ?? (sources[id]?.holder?.exactly == nil ? Self.probeInterval : nil)
        enter(.running, id, since: since, wake: interval.map { sign + $0 } ?? .max)
    }

    private mutating func enterFailed(_ id: EventID, retries: Int, since: Int64, at now: Int64) {
        setHolder(nil, of: id)
        guard retries < key.maximumRetries else { return enter(.exhausted, id, since: since) }
        let terms = ClaimTerms(maximumRetries: key.maximumRetries, retryDelay: key.retryDelay)
        let end = Timestamp(microseconds: since).advanced(by: terms.delay(beforeRetry: retries + 1)).microseconds
        if end <= now { enter(.ready, id, since: since) } else { enter(.resting, id, since: since, wake: end) }
    }

    /// Throws out of the heap what has moved on.
    private mutating func sweep() {
        ready = Heap(ready.unordered.filter { sources[$0.id]?.phase == .ready })
    }

    // MARK: - Choosing

    /// When a source is to be looked at again that nobody can have now; `max` when there is none.
    var nextTimer: Int64 { timers.min?.time ?? .max }

    /// Looks at the sources whose rest or whose job's lease may have ended.
    mutating func pass(to now: Int64) {
        while let timer = timers.min, timer.time <= now {
            _ = timers.popMin()
            guard let source = sources[timer.id], source.wake == timer.time else { continue }
            enter(.ready, timer.id, since: source.since)
        }
    }

    /// The next sources to be claimed by a holder: its own before others, the oldest first.
    ///
    /// - Parameter had: those it was given just now.
    mutating func pick(_ count: Int, for holder: Holder, besides had: Set<EventID>, at now: Int64) -> [EventID] {
        pass(to: now)
        if key.isSequential {
            guard had.isEmpty, let next = pickInOrder(for: holder, at: now) else { return [] }
            return [next]
        }
        var picked: [EventID] = []
        for id in own(holder) where picked.count < count && !had.contains(id) {
            if let source = sources[id], source.phase == .ready { enter(.claiming, id, since: source.since) }
            picked.append(id)
        }
        while picked.count < count, let top = ready.popMin() {
            guard let source = sources[top.id], source.phase == .ready, !hideIfOld(top.id, at: now) else { continue }
            enter(.claiming, top.id, since: source.since)
            picked.append(top.id)
        }
        return picked
    }

    /// The sources whose jobs a holder has, as far as is known, in order.
    private func own(_ holder: Holder) -> [EventID] {
        guard let held = held[holder.sender] else { return [] }
        var own: [RankedSource] = []
        for id in held {
            guard let source = sources[id], source.phase != .claiming, source.holder?.mayBe(holder) == true else {
                continue
            }
            own.append(RankedSource(key: source.key, id: id))
        }
        return own.sorted().map(\.id)
    }

    private mutating func pickInOrder(for holder: Holder, at now: Int64) -> EventID? {
        while let top = order.min {
            guard let source = sources[top.id], source.key == top.key, source.phase != .exhausted else {
                _ = order.popMin()
                continue
            }
            switch source.phase {
            case .ready:
                if hideIfOld(top.id, at: now) { continue }
                return top.id
            case .running: return source.holder?.mayBe(holder) == true ? top.id : nil
            case .claiming, .resting, .exhausted: return nil
            }
        }
        return nil
    }

    /// Takes a source out that has become too old. One whose job somebody has, or had when its lease ended, stays: that
    /// work was begun.
    private mutating func hideIfOld(_ id: EventID, at now: Int64) -> Bool {
        guard let source = sources[id], source.holder == nil, isOld(source.updatedAt, at: now) else { return false }
        remove(id)
        hidden.insert(id)
        return true
    }

    private func isOld(_ updatedAt: Int64, at now: Int64) -> Bool {
        guard let limit = key.maximumAge else { return false }
        return Timestamp(microseconds: updatedAt).advanced(by: limit).microseconds < now
    }

    /// Takes all sources out that have become too old.
    mutating func hideOld(at now: Int64) {
        guard key.maximumAge != nil else { return }
        for (id, source) in sources where source.phase == .ready || source.phase == .resting {
            _ = hideIfOld(id, at: now)
        }
    }

    /// Whether sources that were not looked at yet may be had, when of the others none is.
    var needsMore: Bool {
        guard !isComplete, readyCount == 0 else { return false }
        // The oldest one may keep all others back.
        return !key.isSequential || order.isEmpty
    }

    /// Whether there is something to choose, for waiting to be of no use.
    func hasChoice(for holder: Holder) -> Bool {
        if !unread.isEmpty || (!isComplete && readyCount == 0) { return true }
        guard key.isSequential else { return readyCount > 0 || !own(holder).isEmpty }
        guard let top = order.min, let source = sources[top.id] else { return !order.isEmpty }
        switch source.phase {
        case .ready, .exhausted: return true
        case .running: return source.holder?.mayBe(holder) == true
        case .claiming, .resting: return false
        }
    }

    // MARK: - Bounds

    /// Lets the newest sources go when there are too many that can be had: they are found again in the index.
    mutating func trim() {
        guard readyCount > 2 * window else { return }
        let keys = sources.values.filter { $0.phase == .ready }.map(\.key).sorted()
        let last = keys[window - 1]
        for (id, source) in sources where source.phase == .ready && source.key > last { remove(id) }
        sweep()
        if key.isSequential { order = Heap(order.unordered.filter { sources[$0.id] != nil }) }
        isComplete = false
        scan.place = last
    }
}
