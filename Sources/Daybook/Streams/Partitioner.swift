/// Chooses the partition of an ordering key: murmur2 of its bytes, as Kafka's own clients do, so that everyone who
/// uses the same key and count comes to the same partition.
public enum Partitioner {
    /// - Parameter partitions: at least 1.
    public static func partition(of key: some Collection<UInt8>, partitions: Int32) -> Int32 {
        let hash =
            key.withContiguousStorageIfAvailable { murmur2(UnsafeRawBufferPointer($0)) }
            ?? Array(key).withUnsafeBytes { murmur2($0) }
        return Int32(bitPattern: hash & 0x7FFF_FFFF) % max(partitions, 1)
    }

    /// The 32-bit MurmurHash2 with Kafka's seed.
    static func murmur2(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let m: UInt32 = 0x5bd1_e995
        var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
        var at = 0
        while at + 4 <= bytes.count {
            var k = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            k = k &* m
            k ^= k >> 24
            k = k &* m
            hash = hash &* m ^ k
            at += 4
        }
        let rest = bytes.count - at
        if rest >= 3 { hash ^= UInt32(bytes[at + 2]) << 16 }
        if rest >= 2 { hash ^= UInt32(bytes[at + 1]) << 8 }
        if rest >= 1 {
            hash ^= UInt32(bytes[at])
            hash = hash &* m
        }
        hash ^= hash >> 13
        hash = hash &* m
        return hash ^ (hash >> 15)
    }
}
