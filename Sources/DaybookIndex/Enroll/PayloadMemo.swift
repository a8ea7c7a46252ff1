import Daybook

/// What came of a filter's conditions on payloads, so that each payload is read once.
struct PayloadMemo {
    private let limit: Int
    private var results: [EventID: (offset: Int64, results: Filter.PayloadResults)] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    /// - Parameter offset: of the record that brought the payload.
    subscript(id: EventID, offset: Int64) -> Filter.PayloadResults? {
        results[id].flatMap { $0.offset == offset ? $0.results : nil }
    }

    mutating func keep(_ new: Filter.PayloadResults, of id: EventID, offset: Int64) {
        // What is forgotten is read again when it is needed.
        if results.count >= limit { results.removeAll() }
        results[id] = (offset, new)
    }

    mutating func remove(_ id: EventID) {
        results[id] = nil
    }
}
