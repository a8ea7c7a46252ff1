import Daybook

/// Which records of a compacted partition stay.
struct Compaction: Sendable {
    /// The offset of the last record of each key, of those that were looked at.
    private var lastOffsets: [[UInt8]: Int64] = [:]
    /// Never goes, so that the partition's end stays known.
    var lastOffset: Int64
    /// Tombstones with an earlier log time go.
    var tombstonesBefore: Timestamp

    init(lastOffset: Int64, tombstonesBefore: Timestamp) {
        self.lastOffset = lastOffset
        self.tombstonesBefore = tombstonesBefore
    }

    var keys: Int { lastOffsets.count }

    mutating func see(_ records: [StoredRecord]) {
        for record in records {
            if let key = record.record.key { lastOffsets[key] = record.offset }
        }
    }

    /// Whether a record stays. All earlier records of its key have to be decided before it: when a tombstone goes, nothing that it
    /// ended may be left.
    func keeps(_ record: StoredRecord) -> Bool {
        guard let key = record.record.key, record.offset != lastOffset else { return true }
        if let last = lastOffsets[key], last > record.offset { return false }
        return record.record.value != nil || record.time >= tombstonesBefore
    }
}
