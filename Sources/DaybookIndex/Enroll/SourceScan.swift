import Daybook

/// Looks for the sources of a queue in the index, the oldest first, slice by slice, so that the index is never locked
/// for long.
struct SourceScan {
    /// What one slice found: finished events of the topics, and the jobs that some of them have. Those whose job is over
    /// are left out.
    struct Slice {
        var sources = PackedEvents()
        var jobs = PackedEvents()
        /// For each source the number of its job.
        var jobNumbers: [Int?] = []
        var isAtEnd = false
    }

    private let target: String
    private let query: EventQuery
    private var topicMatch: TopicMatch?
    /// The last event looked at.
    var place: SourceKey?

    init(_ key: QueueKey) {
        target = key.target
        var query = EventQuery()
        query.topics = key.sources.sorted { $0.text < $1.text }
        query.statuses = [.finished]
        query.order = .ascending
        self.query = query
        topicMatch = TopicMatch(query.topics)
    }

    /// Goes on for a stretch of time, or until there are so many sources.
    mutating func advance(
        _ state: borrowing IndexState, limit: Int, until deadline: ContinuousClock.Instant
    ) -> Slice {
        var slice = Slice()
        slice.sources.partitions = state.partitions.ids
        slice.jobs.partitions = state.partitions.ids
        guard
            let conditions = RowConditions(query, statuses: 1 << EventStatus.finished.number, topicMatch, state)
        else {
            slice.isAtEnd = true
            return slice
        }
        let bound = place.map {
            SortKey(
                createdAt: $0.createdAt, time: $0.time, rank: state.partitions.rank(of: $0.partition), offset: $0.offset
            )
        }
        var walk = conditions.walk(isAscending: true, beyond: bound, state)
        let target = state.topicNumber(target)
        var looked = 0
        var last: UInt32?
        slice.isAtEnd = true
        while let number = walk.next() {
            looked += 1
            last = number
            let row = state.rows.pointer(number)
            if conditions.matches(row),
                !conditions.matchesTopicsByName || topicMatch?.matches(row.pointee.topic, in: state.topics) ?? true
            {
                take(number, target, state, &slice)
            }
            if slice.sources.count >= limit || (looked % 64 == 0 && ContinuousClock.now >= deadline) {
                slice.isAtEnd = false
                break
            }
        }
        if let last {
            let row = state.rows.pointer(last)
            place = SourceKey(
                createdAt: row.pointee.createdAt, time: row.pointee.createdTime,
                partition: state.partitions[row.pointee.partition].id, offset: row.pointee.createdOffset)
        }
        return slice
    }

    private func take(_ number: UInt32, _ target: UInt32?, _ state: borrowing IndexState, _ slice: inout Slice) {
        let job = target.flatMap { state.job(of: state.rows.pointer(number).pointee.id, $0, self.target) }
        if let job {
            let status = EventStatus(number: state.rows.pointer(job).pointee.status)
            if status == .finished || status == .aborted { return }
            state.pack(job, into: &slice.jobs)
        }
        state.pack(number, into: &slice.sources)
        slice.jobNumbers.append(job == nil ? nil : slice.jobs.count - 1)
    }
}

extension IndexState {
    func topicNumber(_ topic: String) -> UInt32? {
        var topic = topic
        return topic.withUTF8 { topics.find(UnsafeRawBufferPointer($0)) }
    }

    /// The job of a source: of the target's topic, and with the hash that such a job has.
    func job(of source: EventID, _ target: UInt32, _ topic: String) -> UInt32? {
        guard let parent = withUnsafeBytes(of: source, { parents.find($0) }) else { return nil }
        var walk = PostingWalk(parents.posting(parent), isAscending: true, beyond: nil, timeOrder)
        while let number = walk.next() {
            let row = rows.pointer(number)
            guard row.pointee.topic == target else { continue }
            if JobHash.isHash(hashes[row.pointee.hash], of: source, target: topic) { return number }
        }
        return nil
    }
}

extension EventIndex {
    /// An event and its job for a target; nil when the index does not have the event.
    func source(_ id: EventID, target: String) -> (source: PackedEvents, job: JobFacts?)? {
        let found: (PackedEvents, PackedEvents)? = read { state in
            guard let row = state.row(of: id) else { return nil }
            var source = PackedEvents()
            source.partitions = state.partitions.ids
            var jobs = source
            state.pack(row, into: &source)
            if let topic = state.topicNumber(target), let job = state.job(of: id, topic, target) {
                state.pack(job, into: &jobs)
            }
            return (source, jobs)
        }
        return found.map { source, jobs in (source, jobs.count == 0 ? nil : jobs.withEvent(0) { JobFacts($0) }) }
    }

    func scan(_ scan: inout SourceScan, limit: Int) -> SourceScan.Slice {
        let (next, slice) = read { state in
            var scan = scan
            let slice = scan.advance(state, limit: limit, until: .now.advanced(by: Self.slice))
            return (scan, slice)
        }
        scan = next
        return slice
    }
}
