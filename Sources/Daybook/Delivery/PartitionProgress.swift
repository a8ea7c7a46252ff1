import DequeModule

/// Which deliveries of a partition are settled, and so how far its position may be committed.
struct PartitionProgress: Sendable {
    private struct Open {
        var offset: Int64
        var isSettled = false
    }

    /// Which time it is that the partition was assigned to this member. What is still under way of an earlier one counts no
    /// more: the partition may have been somebody else's in between.
    let assignment: Int
    /// In the order of offsets; the first one is never settled.
    private var open: Deque<Open> = []
    /// Where reading goes on; nil before anything was read.
    private(set) var next: Int64?
    /// The end of the partition, as far as known.
    private(set) var end: Int64 = 0
    /// What was committed last.
    var committed: Int64?

    init(assignment: Int) { self.assignment = assignment }

    /// How many deliveries are not settled, with those between them that are.
    var openCount: Int { open.count }

    /// What may be committed: everything before it is settled.
    var settled: Int64? { open.first?.offset ?? next }

    mutating func add(_ offset: Int64) {
        open.append(Open(offset: offset))
    }

    mutating func read(to next: Int64, end: Int64) {
        self.next = next
        self.end = end
    }

    mutating func settle(_ offset: Int64) {
        if open.first?.offset == offset {
            open.removeFirst()
            while open.first?.isSettled == true { open.removeFirst() }
            return
        }
        var low = 0
        var high = open.count
        while low < high {
            let middle = (low + high) / 2
            if open[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        if low < open.count, open[low].offset == offset { open[low].isSettled = true }
    }
}
