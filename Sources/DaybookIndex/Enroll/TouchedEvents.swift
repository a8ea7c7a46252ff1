import Daybook

/// Events that were touched, as the index has them afterwards.
struct TouchedEvents {
    private let packed: PackedEvents
    private var numbers: [EventID: Int] = [:]

    init(_ packed: PackedEvents) {
        self.packed = packed
        for at in 0..<packed.count { numbers[packed.withEvent(at) { $0.id }] = at }
    }

    func has(_ id: EventID) -> Bool { numbers[id] != nil }

    func withEvent(_ id: EventID, _ body: (IndexedEventView) -> Void) {
        if let number = numbers[id] { packed.withEvent(number, body) }
    }
}
