import Daybook
import DaybookIndex

/// What the index is to be, written as plainly as can be: a dictionary, the decoder of records, sorting and filtering.
struct NaiveIndex {
    struct Key: Hashable {
        var id: EventID
        var partition: StreamPartition
    }

    private(set) var states: [Key: IndexedEvent] = [:]
    private(set) var next: [StreamPartition: Int64] = [:]
    private(set) var counters = FoldCounters()

    mutating func apply(_ batch: RecordBatch) {
        for stored in batch.records { apply(stored, in: batch.partition) }
        next[batch.partition] = batch.nextOffset
    }

    private mutating func apply(_ stored: StoredRecord, in partition: StreamPartition) {
        guard let entry = try? RecordDecoder.decode(stored.record) else {
            counters.invalid[.value, default: 0] += 1
            return
        }
        let key = Key(id: entry.event.id, partition: partition)
        let position = Position(partition, stored.offset)
        switch entry.operation {
        case .created:
            guard states[key] == nil else {
                counters.ignoredDuplicates += 1
                return
            }
            counters.created += 1
            var event = entry.event
            event.payload = nil
            states[key] = IndexedEvent(
                event: event, createdAt: event.createdAt ?? stored.time, updatedAt: stored.time, actor: entry.actor,
                created: position, createdTime: stored.time, last: position,
                payload: entry.event.payload.map { PayloadReference(position: position, contentType: $0.contentType) })
        case .changed:
            guard var state = states[key] else {
                counters.ignoredUnknown += 1
                return
            }
            counters.changed += 1
            let change = entry.change
            change.apply(to: &state.event)
            state.event.payload = nil
            if let payload = change.payload {
                state.payload = PayloadReference(position: position, contentType: payload.contentType)
            }
            state.updatedAt = stored.time
            state.last = position
            state.actor = entry.actor
            states[key] = state
        case .deleted:
            if states.removeValue(forKey: key) == nil { counters.ignoredUnknown += 1 } else { counters.deleted += 1 }
        }
    }

    /// Of an id live in several partitions the one whose `created` comes first in the global order.
    var visible: [EventID: IndexedEvent] {
        var visible: [EventID: IndexedEvent] = [:]
        for (key, state) in states {
            if let other = visible[key.id], !Self.globalOrder(state, other) { continue }
            visible[key.id] = state
        }
        return visible
    }

    static func globalOrder(_ a: IndexedEvent, _ b: IndexedEvent) -> Bool {
        (a.createdTime, a.created.partition, a.created.offset) < (b.createdTime, b.created.partition, b.created.offset)
    }

    static func queryOrder(_ a: IndexedEvent, _ b: IndexedEvent) -> Bool {
        a.createdAt == b.createdAt ? globalOrder(a, b) : a.createdAt < b.createdAt
    }

    /// Everything a query finds, page limits aside.
    func matches(_ query: EventQuery) -> [IndexedEvent] {
        func folded(_ text: String) -> String { text.lowercased().replacing("ς", with: "σ") }
        let words = query.text.map(folded)?.split(separator: " ").map(String.init) ?? []
        func isAny<Value: Equatable>(_ values: [Value], _ value: Value?) -> Bool {
            values.isEmpty || value.map { values.contains($0) } ?? false
        }
        let parents = Set(visible.values.compactMap(\.event.dependsOn))
        // Places are those of events that are there.
        let places = Dictionary(visible.values.map { ($0.place, $0) }) { first, _ in first }
        let after = query.after.flatMap { places[$0] }
        let before = query.before.flatMap { places[$0] }
        let found = visible.values.filter { state in
            let event = state.event
            guard !query.excludedTopics.contains(where: { $0.matches(event.topic) }),
                query.topics.isEmpty || query.topics.contains(where: { $0.matches(event.topic) }),
                query.statuses.isEmpty || query.statuses.contains(event.status),
                isAny(query.projects, event.project), isAny(query.users, event.user),
                isAny(query.senders, event.sender), isAny(query.dependsOn, event.dependsOn),
                isAny(query.hashes, event.hash), isAny(query.ids, event.id)
            else { return false }
            if let hasChildren = query.hasChildren, parents.contains(event.id) != hasChildren { return false }
            if let filter = query.filter, !filter.matches(event) { return false }
            if let after, !Self.queryOrder(after, state) { return false }
            if let before, !Self.queryOrder(state, before) { return false }
            if let newerThan = query.newerThan, state.createdAt <= newerThan { return false }
            if let olderThan = query.olderThan, state.createdAt >= olderThan { return false }
            let texts = [event.topic, event.project, event.user, event.description].compactMap { $0.map(folded) }
            return words.allSatisfy { word in texts.contains { $0.contains(word) } }
        }
        let sorted = found.sorted(by: Self.queryOrder)
        return query.order == .ascending ? sorted : sorted.reversed()
    }
}
