import Daybook

/// What a row of the batch table tells about the records packed in its blob.
struct BatchHeader: Equatable {
    var partition: Int
    var base: Int64
    var last: Int64
    var count: Int
    var firstTime: Int64
    var lastTime: Int64

    /// Covers the columns together with the packed records, so that a change of either is noticed.
    func checksum(of packed: UnsafeRawBufferPointer) -> Int64 {
        var seed: UInt64 = 0
        for field in [Int64(partition), base, last, Int64(count), firstTime, lastTime] {
            seed = (seed ^ UInt64(bitPattern: field)) &* 0x9E37_79B9_7F4A_7C15
            seed ^= seed >> 29
        }
        return Int64(bitPattern: Checksum.of(packed, seed: seed))
    }
}

/// The key of the batch table: partition and offset in one integer, because that is what SQLite finds, sorts and appends fastest.
enum BatchKey {
    static let offsetBits: Int64 = 44
    /// 17.5 trillion records in a partition.
    static let maximumOffset: Int64 = (1 << offsetBits) - 1
    static let maximumPartition = (1 << 19) - 1

    static func key(_ partition: Int, _ offset: Int64) -> Int64 { Int64(partition) << offsetBits | offset }
    static func offset(_ key: Int64) -> Int64 { key & maximumOffset }
    static func partition(_ key: Int64) -> Int { Int(key >> offsetBits) }
}
