import DequeModule

/// What a lane has in the retries stream, in order.
struct ParkedLane: Sendable {
    struct Waiting: Sendable {
        var position: Position
        var entry: ParkedDeliveries.Entry
    }

    let partition: StreamPartition
    /// The first one is delivered next.
    var waiting: Deque<Waiting> = []
    /// Records of the lane that are on their way to the stream.
    var arriving: Set<Int64> = []
    /// The first one is in the handler's hands, or its time is waited for.
    var isUnderWay = false

    func holds(_ position: Position) -> Bool {
        arriving.contains(position.offset) || waiting.contains { $0.position.offset == position.offset }
    }

    var isDrained: Bool { waiting.isEmpty && arriving.isEmpty }
}
