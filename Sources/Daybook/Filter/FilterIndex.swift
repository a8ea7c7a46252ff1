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

    /// Something that filters are entered under.
    private struct Facet {
        enum Kind: Equatable {
            case value(EventField)
            /// The first bytes of the topic, so many.
            case beginning(Int)
        }

        var kind: Kind
        /// Places of entries by a hash of what the event must have there. Two things may have one hash, by chance or because
        /// somebody wants it: what is found is tried all the same.
        var places: [UInt64: [Int]] = [:]
    }

    /// By place; nil is free.
    private var entries: [Entry?] = []
    private var freePlaces: [Int] = []
    private var places: [Key: Int] = [:]
    private var last = 0
    private var looks = 0
    private var facets: [Facet] = []
    /// Entries that are tried on every event, in the order of their numbers.
    private var others: [Int] = []

    public init() {}

    public var count: Int { places.count }
    public var isEmpty: Bool { places.isEmpty }

    /// Whether any filter looks at payloads.
    public var readsPayload: Bool { entries.contains { $0?.filter?.readsPayload == true } }

    /// Adds a filter, or puts it in the place of the one under the same key.
    ///
    /// - Parameter filter: nil matches everything.
    public mutating func insert(_ filter: Filter?, for key: Key) {
        remove(key)
        last += 1
        let place = freePlaces.popLast() ?? entries.count
        if place == entries.count { entries.append(nil) }
        entries[place] = Entry(key: key, filter: filter, number: last)
        places[key] = place
        guard let anchors = filter?.anchors, !anchors.isEmpty else {
            others.append(place)
            return
        }
        for anchor in Set(anchors) {
            let (kind, hash) = Self.address(of: anchor)
            let at = facets.firstIndex { $0.kind == kind } ?? facets.count
            if at == facets.count { facets.append(Facet(kind: kind)) }
            facets[at].places[hash, default: []].append(place)
        }
    }

    /// Takes a filter out; one that is not there is none.
    public mutating func remove(_ key: Key) {
        guard let place = places.removeValue(forKey: key), let entry = entries[place] else { return }
        entries[place] = nil
        freePlaces.append(place)
        guard let anchors = entry.filter?.anchors, !anchors.isEmpty else {
            others.removeAll { $0 == place }
            return
        }
        for anchor in Set(anchors) {
            let (kind, hash) = Self.address(of: anchor)
            guard let at = facets.firstIndex(where: { $0.kind == kind }) else { continue }
            facets[at].places[hash]?.removeAll { $0 == place }
            if facets[at].places[hash]?.isEmpty == true { facets[at].places[hash] = nil }
            if facets[at].places.isEmpty { facets.remove(at: at) }
        }
    }

    private static func address(of anchor: FilterAnchor) -> (Facet.Kind, UInt64) {
        switch anchor {
        case .value(let field, var text): (.value(field), text.withUTF8 { UnsafeRawBufferPointer($0).mixed })
        case .topic(let pattern): (.beginning(pattern.prefix.count), pattern.prefix.withUnsafeBytes { $0.mixed })
        }
    }

    /// The keys of the filters that an event meets, in the order in which they were added.
    ///
    /// - Parameter payload: asked for at most once, and only when a filter has to look at it.
    public mutating func matches(
        _ event: some FilterSubject, payload: () -> Payload? = { nil }
    ) -> [Key] {
        let candidates = candidates(event)
        guard !candidates.isEmpty else { return [] }
        looks += 1
        var found: [Int] = []
        var isSorted = true
        var lastNumber = 0
        var read: Payload??
        func payloadOnce() -> Payload? {
            if let read { return read }
            let payload = payload()
            read = .some(payload)
            return payload
        }
        for place in candidates {
            guard let number = look(at: place, event, payloadOnce) else { continue }
            if number < lastNumber { isSorted = false }
            lastNumber = number
            found.append(place)
        }
        if !isSorted { found.sort { (entries[$0]?.number ?? 0) < (entries[$1]?.number ?? 0) } }
        return found.compactMap { entries[$0]?.key }
    }

    /// - Returns: the entry's number when it matches, and was not found before.
    private mutating func look(
        at place: Int, _ event: some FilterSubject, _ payload: () -> Payload?
    ) -> Int? {
        guard entries[place] != nil, entries[place]?.lastLook != looks else { return nil }
        entries[place]?.lastLook = looks
        if let filter = entries[place]?.filter {
            let results = filter.payloadResults(filter.readsPayload ? payload() : nil)
            guard filter.matches(event, payload: results) else { return nil }
        }
        return entries[place]?.number
    }

    private func candidates(_ event: some FilterSubject) -> [Int] {
        var candidates = others
        for facet in facets {
            switch facet.kind {
            case .value(let field):
                event.withText(of: field) { text in
                    if let text, let places = facet.places[text.mixed] { candidates += places }
                }
            case .beginning(let length):
                event.withText(of: .topic) { topic in
                    guard let topic, length <= topic.count else { return }
                    let beginning = UnsafeRawBufferPointer(rebasing: topic[..<length])
                    if let places = facet.places[beginning.mixed] { candidates += places }
                }
            }
        }
        return candidates
    }
}
