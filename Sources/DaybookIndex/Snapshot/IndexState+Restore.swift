import Daybook

extension IndexState {
    /// Puts together what a snapshot holds. Tables and postings are not in it; they are made by one pass over the rows,
    /// which lie in the order of queries.
    ///
    /// - Throws: ``SnapshotRefusal/damaged`` when names are missing; what the checksum vouches for is not doubted further.
    init(_ contents: SnapshotReader.Contents, bounds: IndexBounds) throws(SnapshotRefusal) {
        self.init(bounds: bounds)
        for mark in contents.meta.marks {
            let number = partitions.add(mark.partition, next: mark.next)
            partitions[number].newestTime = mark.newestTime
            partitions[number].lastOffset = mark.lastOffset
            partitions[number].fingerprint = mark.fingerprint
        }
        try restoreNames(contents.names)
        for (chunk, used) in contents.chunks { texts.append(chunk, used: used) }
        contents.rows.move(to: &rows)
        restoreIDs()
        for number in 0..<UInt32(contents.rows.count) { restoreRow(number) }
    }

    /// Fills the table of ids segment by segment: in the order of rows every insertion would be a cache miss.
    private mutating func restoreIDs() {
        ids.reserve(rows.count)
        var hashes: [UInt64] = []
        hashes.reserveCapacity(rows.count)
        for number in 0..<UInt32(rows.count) { hashes.append(seed.hash(rows.pointer(number).pointee.id)) }
        for number in ids.numbersBySegment(hashes) { ids.insert(number, hash: hashes[Int(number)]) }
    }

    private mutating func restoreNames(_ bytes: [UInt8]) throws(SnapshotRefusal) {
        let isWhole = bytes.withUnsafeBytes { all in
            var at = 0
            return topics.restore(all, &at) && projects.restore(all, &at) && users.restore(all, &at)
                && senders.restore(all, &at) && hashes.restore(all, &at) && parents.restore(all, &at)
                && senderTypes.restore(all, &at) && actors.restore(all, &at)
        }
        guard isWhole else { throw .damaged }
    }

    private mutating func restoreRow(_ number: UInt32) {
        let row = rows.pointer(number)
        topics.addUse(row.pointee.topic)
        projects.addUse(row.pointee.project)
        users.addUse(row.pointee.user)
        senders.addUse(row.pointee.sender)
        hashes.addUse(row.pointee.hash)
        parents.addUse(row.pointee.dependsOn)
        senderTypes.addUse(row.pointee.senderType)
        actors.addUse(row.pointee.actor)
        let isDone = EventStatus(number: row.pointee.status).isDone
        if !isDone { parents.addUnfinished(row.pointee.dependsOn, 1) }
        if row.pointee.isVisible { show(number) }
        let order = offsetOrder
        let key = OffsetOrder.key(offset: row.pointee.createdOffset)
        let partition = row.pointee.partition
        if row.pointee.flags.contains(.expired) {
            partitions[partition].expired.insert(number, key: key, order)
        } else if isDone {
            partitions[partition].done.insert(number, key: key, order)
        } else {
            partitions[partition].unfinished.insert(number, key: key, order)
        }
    }
}

extension Facet {
    /// Takes values as a snapshot holds them, from a place on, which moves behind them; false when the bytes end before.
    mutating func restore(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) -> Bool {
        guard bytes.count - at >= 8 else { return false }
        let stored = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        guard let count = Int(exactly: stored), count >= 1, count <= (bytes.count - at - 8) / 4 else { return false }
        let lengths = at + 8
        at = lengths + count * 4
        for number in 1..<max(1, count) {
            let length = bytes.loadUnaligned(fromByteOffset: lengths + number * 4, as: UInt32.self)
            guard length != .max else {
                restoreFree()
                continue
            }
            guard Int(length) <= bytes.count - at else { return false }
            restore(bytes.part(at, Int(length)))
            at += Int(length)
        }
        finishRestoring()
        return true
    }
}
