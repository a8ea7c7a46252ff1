import Daybook

/// Everything the index knows, in one value that one thread at a time works on.
struct IndexState: ~Copyable {
    let bounds: IndexBounds
    let seed = SeededHash()
    var rows = PagedStore<Row>()
    var texts = TextArena()
    /// Rows by event id; one for each partition in which the id is live.
    let ids = NumberTable(segmentBits: 10)
    var partitions = PartitionTable()

    // Attributes of rows. Those that queries go by have postings.
    var topics: Facet
    var projects: Facet
    var users: Facet
    var senders: Facet
    var hashes: Facet
    /// The ids of events that others depend on, 16 bytes each.
    var parents: Facet
    var senderTypes: Facet
    var actors: Facet

    /// Visible rows: all of them, and by status.
    var all = Posting.empty
    var byStatus = [Posting](repeating: .empty, count: EventStatus.count)

    var signals: SignalOverlay
    var counters = FoldCounters()
    /// What others follow.
    var watch = TopicWatch()
    private var freeRows: [UInt32] = []
    /// ``IndexBounds/maximumAge`` in microseconds.
    let maximumAge: Int64?

    init(bounds: IndexBounds) {
        self.bounds = bounds
        maximumAge = bounds.maximumAge.map { Timestamp(microseconds: 0).advanced(by: $0).microseconds }
        topics = Facet(seed: seed, hasPostings: true)
        projects = Facet(seed: seed, hasPostings: true)
        users = Facet(seed: seed, hasPostings: true)
        senders = Facet(seed: seed, hasPostings: true)
        hashes = Facet(seed: seed, hasPostings: true, isLarge: true)
        parents = Facet(seed: seed, hasPostings: true, isLarge: true)
        senderTypes = Facet(seed: seed, hasPostings: false)
        actors = Facet(seed: seed, hasPostings: false)
        signals = SignalOverlay(maximumCount: bounds.maximumSignals)
    }

    var timeOrder: TimeOrder { TimeOrder(rows: rows.reader, ranks: partitions.ranks) }
    var offsetOrder: OffsetOrder { OffsetOrder(rows: rows.reader) }

    // MARK: - Finding rows

    /// The row of an event as one partition has it.
    func row(of id: EventID, in partition: UInt32) -> UInt32? {
        ids.first(seed.hash(id)) { number in
            let row = rows.pointer(number)
            return row.pointee.id == id && row.pointee.partition == partition
        }
    }

    /// The row that stands for an event: the visible one, or else one that is over the bounds and still kept.
    func row(of id: EventID) -> UInt32? {
        var kept: UInt32?
        let visible = ids.first(seed.hash(id)) { number in
            let row = rows.pointer(number)
            guard row.pointee.id == id else { return false }
            if row.pointee.flags.contains(.expired) { kept = number }
            return row.pointee.isVisible
        }
        return visible ?? kept
    }

    // MARK: - Making and freeing rows

    mutating func makeRow(_ row: Row) -> UInt32 {
        if let number = freeRows.popLast() {
            rows.mutable(number).pointee = row
            return number
        }
        return rows.append(row)
    }

    /// Frees a row that is in no posting any more, with everything it refers to.
    mutating func freeRow(_ number: UInt32) {
        let row = rows.mutable(number)
        ids.remove(number, hash: seed.hash(row.pointee.id))
        texts.free(row.pointee.text)
        topics.release(row.pointee.topic)
        projects.release(row.pointee.project)
        users.release(row.pointee.user)
        senders.release(row.pointee.sender)
        hashes.release(row.pointee.hash)
        parents.release(row.pointee.dependsOn)
        senderTypes.release(row.pointee.senderType)
        actors.release(row.pointee.actor)
        row.pointee.flags = .free
        row.pointee.text = TextArena.none
        freeRows.append(number)
    }

    // MARK: - Showing and hiding rows

    /// Puts a row into the postings queries read.
    mutating func show(_ number: UInt32) {
        let order = timeOrder
        let key = order.key(number)
        let row = rows.pointer(number)
        all.insert(number, key: key, order)
        byStatus[Int(row.pointee.status)].insert(number, key: key, order)
        topics.post(row.pointee.topic, number, key: key, order)
        projects.post(row.pointee.project, number, key: key, order)
        users.post(row.pointee.user, number, key: key, order)
        senders.post(row.pointee.sender, number, key: key, order)
        hashes.post(row.pointee.hash, number, key: key, order)
        parents.post(row.pointee.dependsOn, number, key: key, order)
    }

    mutating func hide(_ number: UInt32) {
        let order = timeOrder
        let key = order.key(number)
        let row = rows.pointer(number)
        all.remove(number, key: key, order)
        byStatus[Int(row.pointee.status)].remove(number, key: key, order)
        topics.unpost(row.pointee.topic, number, key: key, order)
        projects.unpost(row.pointee.project, number, key: key, order)
        users.unpost(row.pointee.user, number, key: key, order)
        senders.unpost(row.pointee.sender, number, key: key, order)
        hashes.unpost(row.pointee.hash, number, key: key, order)
        parents.unpost(row.pointee.dependsOn, number, key: key, order)
    }

    /// Of several rows with one id (in several partitions) shows the one whose `created` comes first in the global order.
    /// So it does not matter in which order partitions are read.
    mutating func elect(_ id: EventID) {
        var rivals: [UInt32] = []
        _ = ids.first(seed.hash(id)) { number in
            let row = rows.pointer(number)
            if row.pointee.id == id, !row.pointee.flags.contains(.expired) { rivals.append(number) }
            return false
        }
        let order = timeOrder
        func globalKey(_ number: UInt32) -> SortKey {
            var key = order.key(number)
            key.createdAt = 0
            return key
        }
        let winner = rivals.min { globalKey($0) < globalKey($1) }
        for number in rivals {
            let isShadowed = rows.pointer(number).pointee.flags.contains(.shadowed)
            if number == winner, isShadowed {
                rows.mutable(number).pointee.flags.remove(.shadowed)
                show(number)
            } else if number != winner, !isShadowed {
                hide(number)
                rows.mutable(number).pointee.flags.insert(.shadowed)
            }
        }
    }

    // MARK: - Garbage

    /// Compacts one chunk of texts, if some chunk is mostly garbage.
    mutating func collectGarbage() {
        if texts.needsCompaction { texts.compactOne(&rows) }
        if hashes.needsCompaction { hashes.compactOne() }
        if parents.needsCompaction { parents.compactOne() }
        if users.needsCompaction { users.compactOne() }
        if senders.needsCompaction { senders.compactOne() }
        if projects.needsCompaction { projects.compactOne() }
        if topics.needsCompaction { topics.compactOne() }
        if senderTypes.needsCompaction { senderTypes.compactOne() }
        if actors.needsCompaction { actors.compactOne() }
    }
}
