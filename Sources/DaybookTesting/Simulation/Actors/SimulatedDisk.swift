import Daybook

/// The disk of a server: the snapshots of what its arbiters remembered, which outlive crashes.
final class SimulatedDisk {
    struct Snapshot {
        var states: [(digest: HashDigest, state: HashState)]
        /// Where the dedup stream tells of what is not in it.
        var next: Int64
        /// When nothing was decided yet that it does not know.
        var asOf: Timestamp
    }

    /// How long tombstones stay, and how old a snapshot may be: seconds here, for what are a day and a half of one.
    static let tombstoneRetention = Duration.seconds(16)
    private static let maximumAge = tombstoneRetention / 2

    private var snapshots: [Int32: Snapshot] = [:]

    func save(_ snapshot: Snapshot, of partition: Int32) {
        snapshots[partition] = snapshot
    }

    /// What was saved, unless that is too old to be of use.
    func snapshot(of partition: Int32, at now: Timestamp) -> Snapshot? {
        snapshots[partition].flatMap { $0.asOf.duration(to: now) < Self.maximumAge ? $0 : nil }
    }
}
