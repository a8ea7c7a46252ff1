import Daybook

/// How events leave the index.
extension IndexState {
    /// Takes an event out of everything.
    mutating func remove(_ number: UInt32) {
        let row = rows.pointer(number).pointee
        if !EventStatus(number: row.status).isDone { noteUnfinished(row.dependsOn, -1) }
        if row.isVisible { hide(number) }
        takeFromPartition(number, row)
        freeRow(number)
        if !row.flags.contains(.expired) { elect(row.id) }
    }

    private mutating func takeFromPartition(_ number: UInt32, _ row: Row) {
        let order = offsetOrder
        let key = OffsetOrder.key(offset: row.createdOffset)
        if row.flags.contains(.expired) {
            partitions[row.partition].expired.remove(number, key: key, order)
        } else if EventStatus(number: row.status).isDone {
            partitions[row.partition].done.remove(number, key: key, order)
        } else {
            partitions[row.partition].unfinished.remove(number, key: key, order)
        }
    }

    /// Notes that one more or one less event that depends on this one is not done. The last one lets an event go that
    /// was kept for it.
    mutating func noteUnfinished(_ parent: UInt32, _ difference: Int) {
        guard parent != Facet.none, parents.addUnfinished(parent, difference) == 0 else { return }
        guard let bytes = parents[parent] else { return }
        let id = bytes.loadUnaligned(as: EventID.self)
        while let kept = ids.first(
            seed.hash(id),
            where: { number in
                let row = rows.pointer(number)
                return row.pointee.id == id && row.pointee.flags.contains(.expired)
            })
        {
            remove(kept)
        }
    }

    /// Evicts what is over the bounds of a partition.
    ///
    /// This looks at nothing but the partition itself, so that an event leaves at the same record on every server,
    /// whatever other partitions have told until then. One that events not done depend on (which other partitions may
    /// tell) leaves all answers just so, but is still found by its id until they are done.
    mutating func enforceBounds(_ partition: UInt32) {
        if let maximum = bounds.maximumEventsPerPartition {
            while partitions[partition].live > maximum, let oldest = partitions[partition].done.first {
                expire(oldest)
                counters.evictedByCount += 1
            }
        }
        if let maximumAge {
            let limit = partitions[partition].newestTime - maximumAge
            while let oldest = partitions[partition].done.first, rows.pointer(oldest).pointee.createdTime < limit {
                expire(oldest)
                counters.evictedByAge += 1
            }
        }
    }

    private mutating func expire(_ number: UInt32) {
        let row = rows.pointer(number).pointee
        let children = withUnsafeBytes(of: row.id) { parents.find($0) }
        guard let children, parents.unfinished(children) > 0 else { return remove(number) }
        if row.isVisible { hide(number) }
        takeFromPartition(number, row)
        let key = OffsetOrder.key(offset: row.createdOffset)
        let order = offsetOrder
        partitions[row.partition].expired.insert(number, key: key, order)
        rows.mutable(number).pointee.flags.insert(.expired)
        rows.mutable(number).pointee.flags.remove(.shadowed)
        elect(row.id)
    }

    /// Removes events whose `created` record has left the log.
    ///
    /// - Parameters:
    ///   - low: the first offset that the log still holds.
    ///   - limit: how many events to remove at most.
    /// - Returns: whether there are more.
    mutating func trim(_ partition: UInt32, below low: Int64, limit: Int) -> Bool {
        for _ in 0..<limit {
            let state = partitions[partition]
            let oldest = [state.unfinished.first, state.done.first, state.expired.first].compactMap { $0 }
                .min { rows.pointer($0).pointee.createdOffset < rows.pointer($1).pointee.createdOffset }
            guard let oldest, rows.pointer(oldest).pointee.createdOffset < low else { return false }
            remove(oldest)
            counters.evictedByRetention += 1
        }
        return true
    }
}

extension Posting {
    /// The first row in order.
    var first: UInt32? {
        switch self {
        case .empty: nil
        case .one(let row): row
        case .list(let list): list.first
        }
    }
}
