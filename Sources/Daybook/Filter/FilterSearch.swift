/// Tells of one event after the other which filters of an index it meets, as the index was when the search was made.
///
/// A value of one task: several may search one index side by side, each with a search of its own.
public struct FilterSearch<Key: Hashable> {
    private let index: FilterIndex<Key>
    /// By place, the number of the event for which an entry was looked at last: one may be found in several ways.
    private var lastLooks: [Int]
    private var looks = 0
    /// What was found for the last event. Most events meet what the one before them met.
    private var lastFound: (places: [Int], keys: [Key]) = ([], [])
    /// For what is found; kept for its room.
    private var found: [Int] = []

    public init(_ index: FilterIndex<Key>) {
        self.index = index
        lastLooks = Array(repeating: 0, count: index.filters.count)
    }

    /// The keys of the filters that an event meets, in the order in which they were added.
    ///
    /// - Parameter payload: asked for at most once, and only when a filter has to look at it.
    public mutating func matches(_ event: some FilterSubject, payload: () -> Payload? = { nil }) -> [Key] {
        looks += 1
        found.removeAll(keepingCapacity: true)
        var read: Payload??
        func payloadOnce() -> Payload? {
            if let read { return read }
            let payload = payload()
            read = .some(payload)
            return payload
        }
        for place in index.others where meets(event, place, payloadOnce) { found.append(place) }
        for facet in index.facets {
            guard let places = facet.candidates(event) else { continue }
            for place in places where meets(event, place, payloadOnce) { found.append(place) }
        }
        guard !found.isEmpty else { return [] }
        if found != lastFound.places {
            lastFound.keys = keys(at: found)
            swap(&found, &lastFound.places)
        }
        return lastFound.keys
    }

    /// Whether an event meets any of the filters.
    ///
    /// - Parameter payload: may be asked for more than once.
    mutating func meetsAny(_ event: some FilterSubject, payload: () -> Payload?) -> Bool {
        looks += 1
        for place in index.others where meets(event, place, payload) { return true }
        for facet in index.facets {
            guard let places = facet.candidates(event) else { continue }
            for place in places where meets(event, place, payload) { return true }
        }
        return false
    }

    /// Whether the event meets the filter at a place, for which it was not looked at before.
    @inline(__always)
    private mutating func meets(_ event: some FilterSubject, _ place: Int, _ payload: () -> Payload?) -> Bool {
        guard lastLooks[place] != looks else { return false }
        lastLooks[place] = looks
        return index.filters[place]?.matches(event, payload: payload) ?? true
    }

    private func keys(at found: [Int]) -> [Key] {
        if found.count == 1 { return index.keys[found[0]].map(\.key) }
        return found.flatMap { index.keys[$0] }.sorted { $0.number < $1.number }.map(\.key)
    }
}

extension FilterSearch: Sendable where Key: Sendable {}
