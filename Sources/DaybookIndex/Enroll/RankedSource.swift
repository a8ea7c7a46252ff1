import Daybook

/// A source in a heap, which may have moved on since.
struct RankedSource: Comparable {
    var key: SourceKey
    var id: EventID

    static func < (a: Self, b: Self) -> Bool { a.key < b.key }
    static func == (a: Self, b: Self) -> Bool { a.id == b.id && a.key == b.key }
}

/// A source that is to be looked at again, unless it has moved on since.
struct SourceTimer: Comparable {
    var time: Int64
    var id: EventID

    static func < (a: Self, b: Self) -> Bool { a.time < b.time }
}
