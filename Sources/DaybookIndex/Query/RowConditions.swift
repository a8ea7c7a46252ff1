import Daybook

/// A query's conditions as the numbers that rows have, and the postings it is best answered from. Good only while
/// nothing changes.
struct RowConditions: ~Copyable {
    private let statuses: UInt8
    private var topics: NumberSet?
    private var projects: NumberSet?
    private var users: NumberSet?
    private var senders: NumberSet?
    private var hashes: NumberSet?
    private var parents: NumberSet?
    /// With more events that others depend on than this, they are looked for among all.
    private static let maximumParents = 4096

    /// There are too many topics to know the matching ones beforehand.
    let matchesTopicsByName: Bool
    private var rows: [UInt32]?
    private var postings: [Posting]
    private var cost: Int

    /// Nil when no row can meet the conditions.
    init?(_ query: EventQuery, statuses: UInt8, _ topicMatch: TopicMatch?, _ state: borrowing IndexState) {
        self.statuses = statuses
        postings = [state.all]
        cost = state.all.count
        let topicNumbers = topicMatch.flatMap { $0.numbers(in: state.topics) }
        matchesTopicsByName = topicMatch != nil && topicNumbers == nil
        if !query.ids.isEmpty {
            var found: Set<UInt32> = []
            for id in query.ids {
                if let row = state.row(of: id), state.rows.pointer(row).pointee.isVisible { found.insert(row) }
            }
            rows = Array(found)
        } else if query.hasChildren == true, state.parents.count <= Self.maximumParents {
            rows = state.visibleParents()
        }
        if statuses != 0xFF {
            consider((0..<EventStatus.count).filter { statuses & 1 << $0 != 0 }.map { state.byStatus[$0] })
        }
        if let topicNumbers {
            let numbers = NumberSet(topicNumbers)
            // When all topics match there is nothing to look at.
            if numbers.numbers.count < state.topics.count {
                consider(numbers.numbers, in: state.topics)
                topics = numbers
            }
        }
        projects = numbers(query.projects, in: state.projects)
        users = numbers(query.users, in: state.users)
        senders = numbers(query.senders, in: state.senders)
        hashes = numbers(query.hashes, in: state.hashes)
        if !query.dependsOn.isEmpty {
            let found = query.dependsOn.compactMap { id in withUnsafeBytes(of: id) { state.parents.find($0) } }
            let numbers = NumberSet(found)
            consider(numbers.numbers, in: state.parents)
            parents = numbers
        }
        if postings.isEmpty { return nil }
    }

    private mutating func numbers(_ values: [String], in facet: borrowing Facet) -> NumberSet? {
        guard !values.isEmpty else { return nil }
        let found = values.compactMap { value in
            var value = value
            return value.withUTF8 { facet.find(UnsafeRawBufferPointer($0)) }
        }
        let numbers = NumberSet(found)
        consider(numbers.numbers, in: facet)
        return numbers
    }

    private mutating func consider(_ numbers: [UInt32], in facet: borrowing Facet) {
        var postings: [Posting] = []
        postings.reserveCapacity(numbers.count)
        for number in numbers { postings.append(facet.posting(number)) }
        consider(postings)
    }

    /// Takes these postings to walk when that is less work. Merging many of them costs something for each row.
    private mutating func consider(_ candidates: [Posting]) {
        let candidates = candidates.filter { $0.count > 0 }
        let rows = candidates.reduce(0) { $0 + $1.count }
        let cost = rows + rows / 16 * (candidates.count - 1)
        if candidates.isEmpty || cost < self.cost {
            postings = candidates
            self.cost = cost
        }
    }

    func walk(isAscending: Bool, beyond bound: SortKey?, _ state: borrowing IndexState) -> RowWalk {
        if let rows { return RowWalk(rows: rows, isAscending: isAscending, beyond: bound, state.timeOrder) }
        return RowWalk(postings, isAscending: isAscending, beyond: bound, state.timeOrder)
    }

    @inline(__always)
    func matches(_ row: UnsafePointer<Row>) -> Bool {
        guard statuses & 1 << row.pointee.status != 0 else { return false }
        if let topics, !topics.contains(row.pointee.topic) { return false }
        if let projects, !projects.contains(row.pointee.project) { return false }
        if let users, !users.contains(row.pointee.user) { return false }
        if let senders, !senders.contains(row.pointee.sender) { return false }
        if let hashes, !hashes.contains(row.pointee.hash) { return false }
        if let parents, !parents.contains(row.pointee.dependsOn) { return false }
        return true
    }
}

extension IndexState {
    /// Whether an event that queries find depends on this one.
    func hasChildren(_ id: EventID) -> Bool {
        guard let number = withUnsafeBytes(of: id, { parents.find($0) }) else { return false }
        return parents.posting(number).count > 0
    }

    /// The rows of the events that others depend on.
    fileprivate func visibleParents() -> [UInt32] {
        var found: [UInt32] = []
        parents.forEach { _, bytes in
            guard let row = row(of: bytes.loadUnaligned(as: EventID.self)) else { return }
            if rows.pointer(row).pointee.isVisible { found.append(row) }
        }
        return found
    }
}
