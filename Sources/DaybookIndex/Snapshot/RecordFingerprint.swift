import Daybook

/// Tells a record from all others: its offset, log time, key, value and headers in 64 bits. By the fingerprint of the last
/// record a snapshot tells whether it was made from this log.
enum RecordFingerprint {
    static func of(_ stored: StoredRecord) -> UInt64 {
        var hash = XXHash64()
        add(stored.offset, to: &hash)
        add(stored.time.microseconds, to: &hash)
        add(stored.record.key, to: &hash)
        add(stored.record.value, to: &hash)
        add(stored.record.headers.packed, to: &hash)
        return hash.value
    }

    private static func add(_ number: Int64, to hash: inout XXHash64) {
        withUnsafeBytes(of: number.littleEndian) { hash.update($0) }
    }

    /// The length goes first, so that null and empty differ and nothing runs into what follows.
    private static func add(_ bytes: [UInt8]?, to hash: inout XXHash64) {
        add(bytes.map { Int64($0.count) } ?? -1, to: &hash)
        bytes?.withUnsafeBytes { hash.update($0) }
    }
}
