import DequeModule

/// What is to be delivered, each lane in order, and each with one handler's call at a time.
struct DeliveryQueue: Sendable {
    private struct Waiting {
        var items: Deque<DeliveryItem> = []
        var isBusy = false
    }

    private var lanes: [Lane: Waiting] = [:]
    /// Lanes that are not busy and have something, in the order in which they got it.
    private var ready: Deque<Lane> = []
    /// How many items wait.
    private(set) var count = 0

    /// Whether there may be something to take.
    var hasReady: Bool { !ready.isEmpty }

    mutating func add(_ item: DeliveryItem) {
        count += 1
        let isReady = withWaiting(item.lane) { waiting in
            waiting.items.append(item)
            return !waiting.isBusy && waiting.items.count == 1
        }
        if isReady { ready.append(item.lane) }
    }

    /// Takes what one call of the handler gets: of one lane or several, which are busy until they are freed.
    mutating func take(_ maximum: Int) -> [DeliveryItem] {
        var taken: [DeliveryItem] = []
        while taken.count < maximum, let lane = ready.popFirst() {
            // Emptied, or taken, since it got into the line.
            guard let waiting = lanes[lane], !waiting.isBusy, !waiting.items.isEmpty else { continue }
            let isAlone = lanes[lane]?.items.first?.isAlone == true
            if isAlone, !taken.isEmpty {
                ready.prepend(lane)
                break
            }
            withWaiting(lane) { waiting in
                waiting.isBusy = true
                while taken.count < maximum, let item = waiting.items.first, !item.isAlone || taken.isEmpty {
                    taken.append(item)
                    waiting.items.removeFirst()
                    if item.isAlone { break }
                }
            }
            if isAlone { break }
        }
        count -= taken.count
        return taken
    }

    /// Lets a lane go on: with these items first, which were taken from it.
    mutating func free(_ lane: Lane, putBack items: [DeliveryItem] = []) {
        count += items.count
        let isReady = withWaiting(lane) { waiting in
            waiting.isBusy = false
            for item in items.reversed() { waiting.items.prepend(item) }
            return !waiting.items.isEmpty
        }
        if isReady { ready.append(lane) } else { lanes[lane] = nil }
    }

    /// Takes everything out of a lane.
    mutating func removeAll(of lane: Lane) -> [DeliveryItem] {
        guard let waiting = lanes[lane] else { return [] }
        let items = Array(waiting.items)
        count -= items.count
        if waiting.isBusy { lanes[lane]?.items = [] } else { lanes[lane] = nil }
        return items
    }

    /// Forgets what waits of a partition.
    mutating func removeAll(of partition: StreamPartition) {
        for (lane, waiting) in lanes where waiting.items.first?.position.partition == partition {
            count -= waiting.items.count
            if waiting.isBusy { lanes[lane]?.items = [] } else { lanes[lane] = nil }
        }
    }

    @discardableResult
    private mutating func withWaiting<Result>(_ lane: Lane, _ body: (inout Waiting) -> Result) -> Result {
        body(&lanes[lane, default: Waiting()])
    }
}
