/// Many filters, each under a key, made ready to tell which of them an event meets (see ``FilterSearch``).
///
/// What a search costs depends on how many different filters have a condition in common with the event, not on how many
/// there are: keys with equal filters share one entry, and each entry is found by what an event must have for it to match,
/// a value of an attribute or the beginning of its topic. Filters without such a condition are tried on every event.
public struct FilterIndex<Key: Hashable> {
    /// Something that entries are found by.
    struct Facet {
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

    // Entries, by place: a filter and who has it. A place without keys is free.

    /// Nil matches everything.
    private(set) var filters: [Filter?] = []
    /// With the number of when each was added; what is found is in this order.
    private(set) var keys: [[(number: Int, key: Key)]] = []
    private var freePlaces: [Int] = []
    private var placesOfFilters: [Filter?: Int] = [:]
    private var places: [Key: Int] = [:]
    private var last = 0
    private(set) var facets: [Facet] = []
    /// Entries that are tried on every event.
    private(set) var others: [Int] = []

    public init() {}

    public var count: Int { places.count }
    public var isEmpty: Bool { places.isEmpty }

    /// Adds a filter, or puts it in the place of the one under the same key.
    ///
    /// - Parameter filter: nil matches everything.
    public mutating func insert(_ filter: Filter?, for key: Key) {
        remove(key)
        last += 1
        let place = placesOfFilters[filter] ?? add(filter)
        keys[place].append((last, key))
        places[key] = place
    }

    private mutating func add(_ filter: Filter?) -> Int {
        let place = freePlaces.popLast() ?? filters.count
        if place == filters.count {
            filters.append(filter)
            keys.append([])
        } else {
            filters[place] = filter
        }
        placesOfFilters[filter] = place
        guard let anchors = filter?.anchors, !anchors.isEmpty else {
            others.append(place)
            return place
        }
        for anchor in Set(anchors) {
            let (kind, hash) = Self.address(of: anchor)
            let at = facets.firstIndex { $0.kind == kind } ?? facets.count
            if at == facets.count { facets.append(Facet(kind: kind)) }
            facets[at].places[hash, default: []].append(place)
        }
        return place
    }

    /// Takes a filter out; one that is not there is none.
    public mutating func remove(_ key: Key) {
        guard let place = places.removeValue(forKey: key) else { return }
        keys[place].removeAll { $0.key == key }
        guard keys[place].isEmpty else { return }
        let filter = filters[place]
        filters[place] = nil
        placesOfFilters[filter] = nil
        freePlaces.append(place)
        guard let anchors = filter?.anchors, !anchors.isEmpty else {
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
}

extension FilterIndex.Facet {
    /// Places of entries that the event may meet.
    @inline(__always)
    func candidates(_ event: some FilterSubject) -> [Int]? {
        switch kind {
        case .value(let field):
            event.withText(of: field) { $0.flatMap { places[$0.mixed] } }
        case .beginning(let length):
            event.withText(of: .topic) { topic in
                guard let topic, length <= topic.count else { return nil }
                return places[UnsafeRawBufferPointer(rebasing: topic[..<length]).mixed]
            }
        }
    }
}

extension FilterIndex: Sendable where Key: Sendable {}
