import Daybook

/// Ids, up to so many; of more it is only known that there are some.
struct BoundedSet {
    private let limit: Int
    private var ids: Set<EventID> = []
    private(set) var isComplete = true

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { ids.count }

    mutating func insert(_ id: EventID) {
        if ids.count < limit { ids.insert(id) } else if !ids.contains(id) { isComplete = false }
    }

    mutating func remove(_ id: EventID) {
        if !ids.isEmpty { ids.remove(id) }
    }
}
