import Daybook

/// One partition: what it holds, where it begins, and which open transactions hold its readers back.
///
/// As on Kafka, the records of a transaction take their offsets when they are appended, its end takes one more (the marker), and
/// readers see nothing from the first record of the oldest open transaction on.
struct MemoryPartition: Sendable {
    /// Committed records and those of open transactions, in offset order; offsets may have gaps.
    private(set) var records: [StoredRecord] = []
    /// The first offset that may still hold a record.
    private(set) var low: Int64 = 0
    /// The offset the next record gets.
    private(set) var next: Int64 = 0
    private var lastTime = Timestamp(microseconds: .min)
    /// The first offset of each open transaction.
    private var open: [Int: Int64] = [:]

    /// Where readers have to stop: the end as they see it.
    var end: Int64 { open.values.min() ?? next }

    var watermarks: Watermarks { Watermarks(low: low, end: end) }

    /// Takes a record, on behalf of an open transaction or for itself.
    mutating func append(_ record: Record, at now: Timestamp, transaction: Int? = nil) -> StoredRecord {
        lastTime = max(lastTime, now)
        let stored = StoredRecord(offset: next, time: lastTime, record: record)
        records.append(stored)
        if let transaction, open[transaction] == nil { open[transaction] = next }
        next += 1
        return stored
    }

    /// Ends a transaction that wrote here: its records become readable, or go.
    mutating func end(transaction: Int, keeping keep: Bool, offsets: Set<Int64>) {
        guard open.removeValue(forKey: transaction) != nil else { return }
        if !keep { records.removeAll { offsets.contains($0.offset) } }
        next += 1
    }

    /// What can be read from an offset on; nil when there is nothing for now.
    func read(from offset: Int64, maximum: Int) -> (records: [StoredRecord], next: Int64)? {
        let first = index(of: offset)
        let last = index(of: end)
        guard first < last || offset < end else { return nil }
        let count = min(maximum, last - first)
        let found = Array(records[first..<first + count])
        let reachedEnd = first + count == last
        return (found, reachedEnd ? end : (found.last?.offset ?? offset) + 1)
    }

    /// The readable record at an offset.
    func record(at offset: Int64) -> StoredRecord? {
        let index = index(of: offset)
        guard index < records.count, records[index].offset == offset, offset < end else { return nil }
        return records[index]
    }

    /// The first readable offset whose record has this log time or a later one; else the end.
    func offset(at time: Timestamp) -> Int64 {
        records.first { $0.offset < end && $0.time >= time }?.offset ?? end
    }

    /// Drops what lies before an offset, which is at most the end.
    mutating func trim(before offset: Int64) {
        guard offset > low else { return }
        records.removeFirst(index(of: offset))
        low = offset
    }

    /// Drops the readable records that are older than a time.
    mutating func retain(since time: Timestamp) {
        trim(before: records.first { $0.time >= time || $0.offset >= end }?.offset ?? end)
    }

    /// Of the readable records with an equal key, keeps the last one. A null value stays, so that whoever reads late learns of it.
    mutating func compact() {
        var last: [[UInt8]: Int64] = [:]
        let end = end
        for stored in records where stored.offset < end {
            if let key = stored.record.key { last[key] = stored.offset }
        }
        records.removeAll { stored in
            guard stored.offset < end, let key = stored.record.key else { return false }
            return last[key] != stored.offset
        }
    }

    /// Where the first record at or behind an offset is.
    private func index(of offset: Int64) -> Int {
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if records[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
