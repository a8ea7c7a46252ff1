import DequeModule

/// What a lane has in the retries stream, in order. There may be very many.
struct ParkedLane: Sendable {
    struct Waiting: Sendable {
        var position: Position
        var entry: ParkedDeliveries.Entry
    }

    let partition: StreamPartition
    /// See ``PartitionProgress/assignment``.
    let assignment: Int
    private var waiting: Deque<Waiting> = []
    /// Offsets of those that wait.
    private var offsets: Set<Int64> = []
    /// Offsets of the lane's records that are on their way to the stream.
    var arriving: Set<Int64> = []
    /// The first one is in the handler's hands, or its time is waited for.
    var isUnderWay = false
    /// The first one's time is waited for.
    var isResting = false

    init(partition: StreamPartition, assignment: Int) {
        self.partition = partition
        self.assignment = assignment
    }

    /// The one that is delivered next.
    var first: Waiting? { waiting.first }
    var isDrained: Bool { waiting.isEmpty && arriving.isEmpty }
    /// How many the handler could be given, one after the other.
    var readyCount: Int { isResting ? 0 : waiting.count + arriving.count }

    func holds(_ position: Position) -> Bool {
        arriving.contains(position.offset) || offsets.contains(position.offset)
    }

    /// Adds one behind the others, or puts it in the place of what was known of it.
    mutating func add(_ new: Waiting) {
        arriving.remove(new.position.offset)
        if offsets.insert(new.position.offset).inserted {
            waiting.append(new)
        } else if let at = waiting.firstIndex(where: { $0.position == new.position }) {
            waiting[at] = new
        }
    }

    mutating func remove(_ position: Position) {
        offsets.remove(position.offset)
        // What leaves is most often the first.
        if waiting.first?.position == position {
            waiting.removeFirst()
        } else {
            waiting.removeAll { $0.position == position }
        }
    }
}
