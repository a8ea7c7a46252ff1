import Daybook

/// Up to where a partition of the dedup stream is known, with some records before that to tell the stream from another.
struct DedupMark: Hashable, Sendable {
    /// A record that lay in the partition.
    struct Witness: Hashable, Sendable {
        var offset: Int64
        var fingerprint: UInt64
    }

    private struct Seen: Hashable, Sendable {
        var offset: Int64
        var record: Record
    }

    /// More than one, because compaction takes away those whose hash has changed since.
    private static let maximumWitnesses = 8

    /// The first offset that is not known.
    private(set) var next: Int64
    private var older: [Witness] = []
    /// The last ones, as a ring. Fingerprints are made only when they are asked for.
    private var seen: [Seen] = []
    private var oldest = 0

    init(next: Int64, witnesses: [Witness] = []) {
        self.next = next
        older = witnesses
    }

    mutating func note(_ offset: Int64, _ record: Record) {
        next = offset + 1
        if seen.count < Self.maximumWitnesses {
            seen.append(Seen(offset: offset, record: record))
        } else {
            seen[oldest] = Seen(offset: offset, record: record)
            oldest = (oldest + 1) % Self.maximumWitnesses
        }
    }

    /// There is nothing more before this offset.
    mutating func pass(to next: Int64) {
        self.next = max(self.next, next)
    }

    /// The last records before the end, in order.
    var witnesses: [Witness] {
        let fresh = (seen[oldest...] + seen[..<oldest]).map {
            Witness(offset: $0.offset, fingerprint: Self.fingerprint($0.record))
        }
        return older.suffix(Self.maximumWitnesses - fresh.count) + fresh
    }

    /// Tells a record from others by its key and value.
    static func fingerprint(_ record: Record) -> UInt64 {
        var hash = XXHash64(seed: 5)
        for bytes in [record.key, record.value] {
            withUnsafeBytes(of: Int64(bytes?.count ?? -1).littleEndian) { hash.update($0) }
            bytes?.withUnsafeBytes { hash.update($0) }
        }
        return hash.value
    }
}
