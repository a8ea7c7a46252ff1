import Daybook

/// How much of a compacted partition would go, by a sample of its keys: a compaction reads and packs everything anew, so
/// one that would drop next to nothing is not worth it. Where keys do not come again it never is.
struct CompactionSurvey: Sendable {
    /// About so many keys are looked at, however many there are: this bounds the memory.
    private static let sampleSize: Int64 = 50_000
    /// A quarter.
    private static let worthwhileShare = 4

    private let mask: UInt64
    private let tombstonesBefore: Timestamp
    private var keys: Set<UInt64> = []
    private var tombstones = 0
    private var sampled = 0
    /// How many records were looked over.
    private(set) var records: Int64 = 0

    /// - Parameter expected: how many records there may be.
    init(expected: Int64, tombstonesBefore: Timestamp) {
        var mask: UInt64 = 0
        while expected / Int64(mask + 1) > Self.sampleSize { mask = mask << 1 | 1 }
        self.mask = mask
        self.tombstonesBefore = tombstonesBefore
    }

    mutating func add(_ key: UnsafeRawBufferPointer?, hasValue: Bool, _ time: Timestamp) {
        records += 1
        guard let key else { return }
        let hash = Checksum.of(key, seed: 0)
        // The low bits choose the sample, all of them tell keys apart.
        guard hash & mask == 0 else { return }
        sampled += 1
        keys.insert(hash)
        if !hasValue, time < tombstonesBefore { tombstones += 1 }
    }

    var isWorthwhile: Bool {
        (sampled - keys.count + tombstones) * Self.worthwhileShare >= max(sampled, 1)
    }
}
