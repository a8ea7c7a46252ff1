import Daybook

/// What the index knows of one partition.
struct PartitionState {
    let id: StreamPartition
    /// The offset of the next record to be applied.
    var next: Int64
    /// The log time of the last record applied.
    var newestTime: Int64 = .min
    /// The last record applied, and what ``RecordFingerprint`` makes of it; -1 when there is none.
    var lastOffset: Int64 = -1
    var fingerprint: UInt64 = 0
    /// Events whose `created` record lies here, in its order: not done, done, and over the bounds but depended on.
    var unfinished = Posting.empty
    var done = Posting.empty
    var expired = Posting.empty

    /// How many events count against the bounds.
    var live: Int { unfinished.count + done.count }
}

/// The partitions of an index by number, and their place in the global order.
struct PartitionTable: ~Copyable {
    private(set) var states: [PartitionState] = []
    /// By number.
    private(set) var ids: [StreamPartition] = []
    /// Numbers in the order of streams and partitions.
    private var ordered: [UInt32] = []
    private var numbers: [StreamPartition: UInt32] = [:]
    private var rankStorage: UnsafeMutablePointer<UInt32>
    private var capacity = 16

    init() {
        rankStorage = .allocate(capacity: capacity)
    }

    deinit {
        rankStorage.deallocate()
    }

    /// Ranks by number, odd ones: those of partitions the index does not know lie between (``rank(of:)``). Adding a partition may change the ranks, but never which of two others comes first.
    var ranks: UnsafePointer<UInt32> { UnsafePointer(rankStorage) }

    func number(of partition: StreamPartition) -> UInt32? { numbers[partition] }

    subscript(number: UInt32) -> PartitionState {
        _read { yield states[Int(number)] }
        _modify { yield &states[Int(number)] }
    }

    /// Adds a partition, unless it is there, and gives its number.
    mutating func add(_ partition: StreamPartition, next: Int64) -> UInt32 {
        if let number = numbers[partition] { return number }
        let number = UInt32(states.count)
        states.append(PartitionState(id: partition, next: next))
        ids.append(partition)
        numbers[partition] = number
        if states.count > capacity {
            rankStorage.deallocate()
            capacity *= 2
            rankStorage = .allocate(capacity: capacity)
        }
        ordered.insert(number, at: place(of: partition))
        for (rank, number) in ordered.enumerated() { rankStorage[Int(number)] = UInt32(rank) * 2 + 1 }
        return number
    }

    /// Sets an emptied partition to be read from an offset on.
    mutating func restart(_ number: UInt32, at next: Int64) {
        let id = states[Int(number)].id
        states[Int(number)] = PartitionState(id: id, next: next)
    }

    /// The place of any partition among those of the index.
    func rank(of partition: StreamPartition) -> UInt32 {
        if let number = numbers[partition] { return rankStorage[Int(number)] }
        return UInt32(place(of: partition)) * 2
    }

    /// How many of the index's partitions come before one that is not among them.
    private func place(of partition: StreamPartition) -> Int {
        var low = 0
        var high = ordered.count
        while low < high {
            let middle = (low + high) / 2
            if ids[Int(ordered[middle])] < partition { low = middle + 1 } else { high = middle }
        }
        return low
    }

    var positions: PositionVector {
        PositionVector(Dictionary(uniqueKeysWithValues: states.map { ($0.id, $0.next) }))
    }
}
