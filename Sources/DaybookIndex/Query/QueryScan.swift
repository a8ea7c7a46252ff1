import Daybook

/// A query on its way: it looks at rows slice by slice, so that the index is never locked for long, and remembers its
/// place by key, which stays good whatever happens between two slices.
struct QueryScan {
    private let query: EventQuery
    private let limit: Int
    private let isAscending: Bool
    private let statuses: UInt8
    private var topicMatch: TopicMatch?
    private var textMatch: TextMatch?
    /// The last row looked at.
    private var place: QueryCursor?
    private(set) var packed = PackedEvents()
    private(set) var hasMore = false
    private(set) var positions: [Int64] = []

    init(_ query: EventQuery) throws(QueryError) {
        self.query = query
        limit = min(max(query.limit, EventQuery.limits.lowerBound), EventQuery.limits.upperBound)
        isAscending = query.order == .ascending
        statuses = query.statuses.isEmpty ? 0xFF : query.statuses.reduce(0) { $0 | 1 << $1.number }
        topicMatch = TopicMatch(query.topics, excluding: query.excludedTopics)
        if let text = query.text { textMatch = try TextMatch(text) }
        if let cursor = query.cursor {
            guard cursor.order == query.order else { throw .cursorOfOtherOrder }
            place = cursor
        }
    }

    /// Goes on for a stretch of time.
    ///
    /// - Returns: whether the page is complete.
    mutating func advance(_ state: borrowing IndexState, until deadline: ContinuousClock.Instant) -> Bool {
        if positions.isEmpty { positions = state.partitions.states.map(\.next) }
        // Numbers are given in order, so those known from an earlier slice mean what they meant.
        packed.partitions = state.partitions.ids
        guard let conditions = RowConditions(query, statuses: statuses, topicMatch, state) else { return true }
        var walk = conditions.walk(isAscending: isAscending, beyond: bound(state), state)
        let end = end(state)
        let interval = textMatch == nil && query.filter == nil ? 64 : 4
        var looked = 0
        var last: UInt32?
        while let number = walk.next() {
            looked += 1
            last = number
            let row = state.rows.pointer(number)
            if isBeyondEnd(row.pointee.createdAt) { return true }
            if let end {
                let key = state.timeOrder.key(number)
                guard isAscending ? key < end : end < key else { return true }
            }
            if conditions.matches(row), matchesSlowly(row, conditions, state) {
                state.pack(number, into: &packed)
                if !lastMatchesFilter {
                    packed.removeLast()
                } else if packed.count > limit {
                    packed.removeLast()
                    hasMore = true
                    return true
                }
            }
            if looked % interval == 0, ContinuousClock.now >= deadline { break }
        }
        guard let last, looked % interval == 0 else { return true }
        let row = state.rows.pointer(last)
        place = QueryCursor(
            order: query.order, createdAt: row.pointee.createdAt, createdTime: row.pointee.createdTime,
            partition: state.partitions[row.pointee.partition].id, offset: row.pointee.createdOffset)
        return false
    }

    /// What takes more than comparing numbers.
    @inline(__always)
    private mutating func matchesSlowly(
        _ row: UnsafePointer<Row>, _ conditions: borrowing RowConditions, _ state: borrowing IndexState
    ) -> Bool {
        if conditions.matchesTopicsByName,
            !(topicMatch?.matches(row.pointee.topic, in: state.topics) ?? true)
        {
            return false
        }
        if let hasChildren = query.hasChildren, state.hasChildren(row.pointee.id) != hasChildren { return false }
        return textMatch?.matches(row, state) ?? true
    }

    /// Whether the event that was packed last meets the query's filter. It is held against what is shown: a tick of progress
    /// counts.
    private var lastMatchesFilter: Bool {
        guard let filter = query.filter else { return true }
        return packed.withEvent(packed.count - 1) { filter.matches($0, payload: filter.payloadResults(nil)) }
    }

    private static func key(_ place: QueryCursor, _ state: borrowing IndexState) -> SortKey {
        SortKey(
            createdAt: place.createdAt, time: place.createdTime, rank: state.partitions.rank(of: place.partition),
            offset: place.offset)
    }

    /// Where to end, exclusive.
    private func end(_ state: borrowing IndexState) -> SortKey? {
        (isAscending ? query.before : query.after).map { Self.key($0, state) }
    }

    /// Where to begin, exclusive.
    private func bound(_ state: borrowing IndexState) -> SortKey? {
        var bound = place.map { Self.key($0, state) }
        if let edge = (isAscending ? query.after : query.before).map({ Self.key($0, state) }) {
            bound = bound.map { isAscending ? max($0, edge) : min($0, edge) } ?? edge
        }
        if isAscending, let newerThan = query.newerThan {
            let edge = SortKey(createdAt: newerThan.microseconds, time: .max, rank: .max, offset: .max)
            bound = bound.map { max($0, edge) } ?? edge
        }
        if !isAscending, let olderThan = query.olderThan {
            let edge = SortKey(createdAt: olderThan.microseconds, time: .min, rank: 0, offset: .min)
            bound = bound.map { min($0, edge) } ?? edge
        }
        return bound
    }

    /// Whether nothing behind this time can match.
    @inline(__always)
    private func isBeyondEnd(_ createdAt: Int64) -> Bool {
        if isAscending {
            guard let olderThan = query.olderThan else { return false }
            return createdAt >= olderThan.microseconds
        }
        guard let newerThan = query.newerThan else { return false }
        return createdAt <= newerThan.microseconds
    }

    func page() -> EventPage {
        var next: QueryCursor?
        if hasMore { next = packed.withEvent(packed.count - 1) { $0.cursor(query.order) } }
        return EventPage(packed: packed, offsets: positions, nextCursor: next)
    }
}
