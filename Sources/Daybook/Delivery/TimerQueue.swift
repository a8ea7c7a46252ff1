import HeapModule

/// What is to be done later, in the order of its times; also many thousands of them.
struct TimerQueue<Action> {
    private struct Entry: Comparable {
        var due: ContinuousClock.Instant
        var id: Int

        static func < (one: Entry, other: Entry) -> Bool { (one.due, one.id) < (other.due, other.id) }
    }

    private var entries = Heap<Entry>()
    /// Those that were not cancelled, by their ids.
    private var actions: [Int: Action] = [:]
    private var last = 0

    /// When the next one is due; it may have been cancelled.
    var next: ContinuousClock.Instant? { entries.min?.due }

    /// - Returns: what ``cancel(_:)`` takes.
    mutating func add(_ action: Action, due: ContinuousClock.Instant) -> Int {
        last += 1
        entries.insert(Entry(due: due, id: last))
        actions[last] = action
        return last
    }

    mutating func cancel(_ id: Int) { actions[id] = nil }

    /// Takes out what is due.
    mutating func takeDue(at now: ContinuousClock.Instant) -> [Action] {
        var due: [Action] = []
        while let first = entries.min, first.due <= now {
            entries.removeMin()
            if let action = actions.removeValue(forKey: first.id) { due.append(action) }
        }
        return due
    }

    mutating func removeAll() {
        entries = Heap()
        actions = [:]
    }
}
