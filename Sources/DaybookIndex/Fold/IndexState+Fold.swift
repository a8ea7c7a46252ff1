import Daybook

/// The fold of records into rows, one partition at a time (guarantee G5).
extension IndexState {
    /// Applies one record of a history stream.
    mutating func apply(
        _ record: UnsafePointer<Record>, offset: Int64, time: Int64, in partition: UInt32
    ) {
        do throws(InvalidReason) {
            try RecordReader.read(record) { contents in
                switch contents.operation {
                case .created: create(contents, offset: offset, time: time, in: partition)
                case .changed: change(contents, offset: offset, time: time, in: partition)
                case .deleted: delete(contents, offset: offset, in: partition)
                }
            }
        } catch {
            counters.invalid[error, default: 0] += 1
        }
        partitions[partition].newestTime = time
        enforceBounds(partition)
    }

    // MARK: - Created

    private mutating func create(
        _ contents: RecordContents, offset: Int64, time: Int64, in partition: UInt32
    ) {
        let id = contents.id
        let hash = seed.hash(id)
        var hasRivals = false
        let known = ids.first(hash) { number in
            let row = rows.pointer(number)
            guard row.pointee.id == id else { return false }
            hasRivals = true
            return row.pointee.partition == partition
        }
        if let known {
            // The first one wins. But what was evicted is gone, also where it is still kept for its dependants.
            guard rows.pointer(known).pointee.flags.contains(.expired) else {
                counters.ignoredDuplicates += 1
                return
            }
            remove(known)
            hasRivals = true
        }
        let number = makeRow(
            Row(
                createdAt: contents.createdAt ?? time, createdTime: time, createdOffset: offset, partition: partition,
                status: contents.status.number, traits: contents.traits,
                flags: contents.createdAt == nil ? [] : .explicitCreatedAt,
                topic: topics.use(contents.topic), project: Self.use(contents.project, &projects),
                user: Self.use(contents.user, &users), sender: contents.withSender { Self.use($0, &senders) },
                hash: Self.use(contents.hash, &hashes), dependsOn: use(contents.dependsOn), progress: contents.progress,
                idHigh: id.high, idLow: id.low, updatedAt: time, lastOffset: offset,
                payloadOffset: contents.hasPayload ? offset : -1,
                retries: contents.retries, senderType: Self.use(contents.senderType, &senderTypes),
                actor: Self.use(contents.actor, &actors), text: TextArena.none))
        let text = TextBlock.write(contents.texts, to: &texts, owner: number)
        if text != TextArena.none { rows.mutable(number).pointee.text = text }
        ids.insert(number, hash: hash)
        let isDone = contents.status.isDone
        let order = offsetOrder
        let key = OffsetOrder.key(offset: offset)
        if isDone {
            partitions[partition].done.insert(number, key: key, order)
        } else {
            partitions[partition].unfinished.insert(number, key: key, order)
            parents.addUnfinished(rows.pointer(number).pointee.dependsOn, 1)
        }
        if hasRivals {
            rows.mutable(number).pointee.flags.insert(.shadowed)
            elect(id)
        } else {
            show(number)
        }
        watch.note(id, topic: rows.pointer(number).pointee.topic, offset: offset, in: topics)
        counters.created += 1
    }

    @inline(__always)
    private static func use(_ bytes: UnsafeRawBufferPointer?, _ facet: inout Facet) -> UInt32 {
        guard let bytes else { return Facet.none }
        return facet.use(bytes)
    }

    private mutating func use(_ parent: EventID?) -> UInt32 {
        guard let parent else { return Facet.none }
        return withUnsafeBytes(of: parent) { parents.use($0) }
    }

    // MARK: - Changed

    private mutating func change(
        _ contents: RecordContents, offset: Int64, time: Int64, in partition: UInt32
    ) {
        guard let number = row(of: contents.id, in: partition) else {
            counters.ignoredUnknown += 1
            return
        }
        let changes = contents.changes
        let row = rows.mutable(number)
        row.pointee.updatedAt = time
        row.pointee.lastOffset = offset
        if changes.contains(.progress) { row.pointee.progress = contents.progress }
        if changes.contains(.retries) { row.pointee.retries = contents.retries }
        if changes.contains(.payload), contents.hasPayload { row.pointee.payloadOffset = offset }
        let changesPayload = changes.contains(.payload) && contents.hasPayload
        if changesPayload || !changes.isDisjoint(with: [.description, .summary]) {
            row.pointee.text = TextBlock.rewrite(
                row.pointee.text, description: changes.contains(.description) ? contents.texts.description : nil,
                summary: changes.contains(.summary) ? contents.texts.summary : nil,
                contentType: changesPayload ? contents.texts.contentType : nil, in: &texts, owner: number)
        }
        changeNames(contents, row, number)
        if changes.contains(.status) { setStatus(contents.status, of: number, row) }
        watch.note(contents.id, topic: row.pointee.topic, offset: offset, in: topics)
        counters.changed += 1
    }

    /// The attributes that are interned. One that a record lists and does not carry stays as it is.
    private mutating func changeNames(
        _ contents: RecordContents, _ row: UnsafeMutablePointer<Row>, _ number: UInt32
    ) {
        let changes = contents.changes
        let isVisible = row.pointee.isVisible
        let order = timeOrder
        let key = order.key(number)
        @inline(__always)
        func replace(_ field: inout UInt32, _ bytes: UnsafeRawBufferPointer, in facet: inout Facet, isPosted: Bool) {
            let old = field
            let new = facet.use(bytes)
            if isPosted, new != old {
                facet.unpost(old, number, key: key, order)
                facet.post(new, number, key: key, order)
            }
            facet.release(old)
            field = new
        }
        if changes.contains(.sender) {
            contents.withSender { sender in
                if let sender { replace(&row.pointee.sender, sender, in: &senders, isPosted: isVisible) }
            }
        }
        if changes.contains(.senderType), let type = contents.senderType {
            replace(&row.pointee.senderType, type, in: &senderTypes, isPosted: false)
        }
        if changes.contains(.project), let project = contents.project {
            replace(&row.pointee.project, project, in: &projects, isPosted: isVisible)
        }
        if changes.contains(.user), let user = contents.user {
            replace(&row.pointee.user, user, in: &users, isPosted: isVisible)
        }
        // The actor is that of the last record, whether it names one or not.
        if let actor = contents.actor {
            replace(&row.pointee.actor, actor, in: &actors, isPosted: false)
        } else {
            actors.release(row.pointee.actor)
            row.pointee.actor = Facet.none
        }
    }

    private mutating func setStatus(_ status: EventStatus, of number: UInt32, _ row: UnsafeMutablePointer<Row>) {
        let old = EventStatus(number: row.pointee.status)
        guard status != old else { return }
        row.pointee.status = status.number
        if row.pointee.isVisible {
            let order = timeOrder
            let key = order.key(number)
            byStatus[Int(old.number)].remove(number, key: key, order)
            byStatus[Int(status.number)].insert(number, key: key, order)
        }
        guard status.isDone != old.isDone else { return }
        if !row.pointee.flags.contains(.expired) {
            let order = offsetOrder
            let key = OffsetOrder.key(offset: row.pointee.createdOffset)
            let partition = row.pointee.partition
            if status.isDone {
                partitions[partition].unfinished.remove(number, key: key, order)
                partitions[partition].done.insert(number, key: key, order)
            } else {
                partitions[partition].done.remove(number, key: key, order)
                partitions[partition].unfinished.insert(number, key: key, order)
            }
        }
        noteUnfinished(row.pointee.dependsOn, status.isDone ? -1 : 1)
    }

    // MARK: - Deleted

    private mutating func delete(_ contents: RecordContents, offset: Int64, in partition: UInt32) {
        guard let number = row(of: contents.id, in: partition) else {
            counters.ignoredUnknown += 1
            return
        }
        let row = rows.pointer(number).pointee
        watch.noteRemoval(
            contents.id, topic: row.topic, dependsOn: parents[row.dependsOn], offset: offset, in: topics)
        remove(number)
        counters.deleted += 1
    }
}
