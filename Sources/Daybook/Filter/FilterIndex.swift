/// Many filters, each under a key, and which of them an event meets.
///
/// What it costs depends on how many filters have a condition in common with the event, not on how many there are: each
/// is entered under what an event must have for it to match, a value of an attribute or the beginning of its topic.
/// Filters without such a condition are tried on every event.
public struct FilterIndex<Key: Hashable> {
    private struct Entry {
        var key: Key
        /// Nil matches everything.
        var filter: Filter?
        /// When it was added; what is found is in this order.
        var number: Int
        /// Number of the event for which it was looked at last: one may be found in several ways.
        var lastLook = 0
    }

    private var entries: [Int: Entry] = [:]
    private var numbers: [Key: Int] = [:]
    private var last = 0
    private var looks = 0
    /// Numbers of entries by a hash of what they are entered under. Two things may have one hash: what is found is tried
    /// all the same.
    private var buckets: [Int: [Int]] = [:]
    /// How many anchors there are for each attribute, and for each length of a topic's beginning.
    private var fields: [EventField: Int] = [:]
    private var prefixLengths: [Int: Int] = [:]
    /// Entries that are tried on every event.
    private var others: [Int] = []

    public init() {}

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    /// Whether any filter looks at payloads.
    public var readsPayload: Bool { entries.values.contains { $0.filter?.readsPayload == true } }

    /// Adds a filter, or puts it in the place of the one under the same key.
    ///
    /// - Parameter filter: nil matches everything.
    public mutating func insert(_ filter: Filter?, for key: Key) {
        remove(key)
        last += 1
        entries[last] = Entry(key: key, filter: filter, number: last)
        numbers[key] = last
        guard let anchors = filter?.anchors, !anchors.isEmpty else {
            others.append(last)
            return
        }
        for anchor in Set(anchors) {
            buckets[Self.address(of: anchor), default: []].append(last)
            count(anchor, 1)
        }
    }

    /// Takes a filter out; one that is not there is none.
    public mutating func remove(_ key: Key) {
        guard let number = numbers.removeValue(forKey: key), let entry = entries.removeValue(forKey: number) else {
            return
        }
        guard let anchors = entry.filter?.anchors, !anchors.isEmpty else {
            others.removeAll { $0 == number }
            return
        }
        for anchor in Set(anchors) {
            let address = Self.address(of: anchor)
            buckets[address]?.removeAll { $0 == number }
            if buckets[address]?.isEmpty == true { buckets[address] = nil }
            count(anchor, -1)
        }
    }

    private mutating func count(_ anchor: FilterAnchor, _ difference: Int) {
        switch anchor {
        case .value(let field, _):
            fields[field, default: 0] += difference
            if fields[field] == 0 { fields[field] = nil }
        case .topic(let pattern):
            prefixLengths[pattern.prefix.count, default: 0] += difference
            if prefixLengths[pattern.prefix.count] == 0 { prefixLengths[pattern.prefix.count] = nil }
        }
    }

    private static func address(of anchor: FilterAnchor) -> Int {
        switch anchor {
        case .value(let field, var text): text.withUTF8 { address(field, UnsafeRawBufferPointer($0)) }
        case .topic(let pattern): pattern.prefix.withUnsafeBytes { address(nil, $0) }
        }
    }

    /// - Parameter field: nil for the beginning of a topic.
    private static func address(_ field: EventField?, _ bytes: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(field)
        hasher.combine(bytes: bytes)
        return hasher.finalize()
    }

    /// The keys of the filters that an event meets, in the order in which they were added.
    ///
    /// - Parameter payload: asked for at most once, and only when a filter has to look at it.
    public mutating func matches(
        _ event: some FilterSubject, payload: () -> Payload? = { nil }
    ) -> [Key] {
        guard !entries.isEmpty else { return [] }
        looks += 1
        var found: [Int] = []
        var read: Payload??
        func payloadOnce() -> Payload? {
            if let read { return read }
            let payload = payload()
            read = .some(payload)
            return payload
        }
        for number in candidates(event) {
            guard entries[number]?.lastLook != looks, let entry = entries[number] else { continue }
            entries[number]?.lastLook = looks
            guard let filter = entry.filter else {
                found.append(number)
                continue
            }
            let results = filter.payloadResults(filter.readsPayload ? payloadOnce() : nil)
            if filter.matches(event, payload: results) { found.append(number) }
        }
        return found.sorted().compactMap { entries[$0]?.key }
    }

    private func candidates(_ event: some FilterSubject) -> [Int] {
        var candidates = others
        for field in fields.keys {
            event.withText(of: field) { text in
                if let text, let numbers = buckets[Self.address(field, text)] { candidates += numbers }
            }
        }
        guard !prefixLengths.isEmpty else { return candidates }
        event.withText(of: .topic) { topic in
            guard let topic else { return }
            for length in prefixLengths.keys where length <= topic.count {
                let prefix = UnsafeRawBufferPointer(rebasing: topic[..<length])
                if let numbers = buckets[Self.address(nil, prefix)] { candidates += numbers }
            }
        }
        return candidates
    }
}
