import Daybook

/// A partition as a Kafka broker keeps it: transactions are there from the first record on, hold the last stable offset
/// back until their marker comes, and only then show, or never.
struct SimulatedPartition {
    /// Consecutive records that a reader of committed ones gets.
    struct Batch {
        var records: [(offset: Int64, time: Timestamp, content: SimulatedContent)] = []
        var next: Int64
    }

    private struct Entry {
        let time: Timestamp
        /// Nil is a transaction's marker.
        let content: SimulatedContent?
        let transaction: Int?
        /// Compaction took it.
        var isGone = false
    }

    private var entries: [Entry] = []
    /// The first offset that is still there.
    private(set) var low: Int64 = 0
    /// The first offset of each transaction without a marker yet.
    private var open: [Int: Int64] = [:]
    private var aborted: Set<Int> = []
    /// The newest epoch of each producer that this partition has seen: all it knows of fencing.
    private var epochs: [Int: Int] = [:]

    var end: Int64 { Int64(entries.count) }
    var lastStable: Int64 { open.values.min() ?? end }

    // MARK: - Writing

    mutating func append(_ content: SimulatedContent, at time: Timestamp, in transaction: Int? = nil) -> Int64 {
        if let transaction, open[transaction] == nil { open[transaction] = end }
        entries.append(Entry(time: time, content: content, transaction: transaction))
        return end - 1
    }

    mutating func mark(_ transaction: Int, isCommit: Bool, at time: Timestamp, producer: Int, epoch: Int) {
        // A transaction may be known to the coordinator and have written nothing here.
        open[transaction] = nil
        if !isCommit { aborted.insert(transaction) }
        epochs[producer] = epoch
        entries.append(Entry(time: time, content: nil, transaction: transaction))
    }

    func isOpen(_ transaction: Int) -> Bool { open[transaction] != nil }

    func hasFenced(_ writer: SimulatedWriter) -> Bool { epochs[writer.producer, default: 0] > writer.epoch }

    // MARK: - Reading

    func read(from offset: Int64, maximum: Int = .max) -> Batch {
        var batch = Batch(next: max(offset, low))
        while batch.next < lastStable, batch.records.count < maximum {
            let entry = entries[Int(batch.next)]
            if let content = committed(entry), !entry.isGone {
                batch.records.append((batch.next, entry.time, content))
            }
            batch.next += 1
        }
        return batch
    }

    /// Everything that was ever committed, also what retention and compaction took since: what checks go by.
    var everCommitted: [(offset: Int64, time: Timestamp, content: SimulatedContent)] {
        entries.indices.compactMap { at in
            committed(entries[at]).map { (Int64(at), entries[at].time, $0) }
        }
    }

    private func committed(_ entry: Entry) -> SimulatedContent? {
        guard let transaction = entry.transaction else { return entry.content }
        return aborted.contains(transaction) || open[transaction] != nil ? nil : entry.content
    }

    // MARK: - Cleaning

    mutating func trim(below offset: Int64) { low = max(low, min(offset, lastStable)) }

    /// Leaves the last state of each hash; of what is not stable yet everything.
    ///
    /// - Parameter tombstonesBefore: those that are older go, too.
    mutating func compact(tombstonesBefore: Timestamp?) {
        var seen: Set<HashDigest> = []
        for at in (0..<Int(lastStable)).reversed() {
            guard case .state(let digest, let value) = committed(entries[at]) else { continue }
            if !seen.insert(digest).inserted || (value == nil && tombstonesBefore.map { entries[at].time < $0 } == true)
            {
                entries[at].isGone = true
            }
        }
    }
}
