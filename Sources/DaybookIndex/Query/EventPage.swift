public import Daybook

/// The answer to a query.
public struct EventPage: Sendable {
    private let packed: PackedEvents
    private let offsets: [Int64]
    /// What to ask with for the next page; nil when there is none.
    public let nextCursor: QueryCursor?

    init(packed: PackedEvents, offsets: [Int64], nextCursor: QueryCursor?) {
        self.packed = packed
        self.offsets = offsets
        self.nextCursor = nextCursor
    }

    public var count: Int { packed.count }
    public var isEmpty: Bool { packed.count == 0 }

    /// The next offset of each partition when the answer was begun: everything before was taken into account.
    public var positions: PositionVector {
        PositionVector(Dictionary(uniqueKeysWithValues: zip(packed.partitions, offsets).map { ($0, $1) }))
    }

    /// Calls the body with each event in order, in place.
    public func forEach(_ body: (IndexedEventView) throws -> Void) rethrows {
        for at in 0..<packed.count { try packed.withEvent(at, body) }
    }

    /// The events as values.
    public var events: [IndexedEvent] {
        (0..<packed.count).map { packed.withEvent($0) { IndexedEvent($0) } }
    }
}
