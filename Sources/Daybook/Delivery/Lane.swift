/// Stands for an ordering key in a partition: what has the same lane is delivered one after the other.
///
/// Two keys with one lane, which hardly happens, only wait for each other.
struct Lane: Hashable, Sendable {
    let number: UInt64

    init(_ partition: StreamPartition, _ key: [UInt8]?) {
        // FNV-1a: the same in every process, and short keys are all there is.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for byte in key ?? [] { mix(byte) }
        for byte in partition.stream.utf8 { mix(byte) }
        withUnsafeBytes(of: partition.partition.littleEndian) { $0.forEach(mix) }
        number = hash
    }
}
