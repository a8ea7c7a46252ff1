import Testing

@testable import Daybook

struct PartitionerTests {
    /// The vectors of Kafka's own test of `Utils.murmur2`.
    @Test(
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ] as [(String, Int32)])
    func `murmur2 is Kafka's`(key: String, hash: Int32) {
        #expect(Int32(bitPattern: Array(key.utf8).withUnsafeBytes { Partitioner.murmur2($0) }) == hash)
    }

    @Test func `a partition is the hash without its sign, modulo the count`() {
        #expect(Partitioner.partition(of: "21".utf8, partitions: 7) == (-973_932_308 & 0x7FFF_FFFF) % 7)
        #expect(Partitioner.partition(of: "abc".utf8, partitions: 10) == 479_470_107 % 10)
        #expect(Partitioner.partition(of: "anything".utf8, partitions: 1) == 0)
        #expect(Partitioner.partition(of: "".utf8, partitions: 3) == Partitioner.partition(of: [], partitions: 3))
    }

    @Test func `keys held in other ways come to the same partition`() {
        for text in ["", "a", "abcdefg", "漢字 and more"] {
            let expected = Partitioner.partition(of: Array(text.utf8), partitions: 1_000)
            #expect(Partitioner.partition(of: text.utf8, partitions: 1_000) == expected)
            let scattered = ReversedBytes(base: Array(text.utf8.reversed()))
            #expect(Partitioner.partition(of: scattered, partitions: 1_000) == expected)
        }
    }

    @Test func `spreads ids over all partitions`() {
        var counts = [Int](repeating: 0, count: 8)
        var events = RandomEvents(seed: 8)
        for _ in 0..<8_000 {
            counts[Int(Partitioner.partition(of: events.id().description.utf8, partitions: 8))] += 1
        }
        #expect(counts.allSatisfy { (850...1_150).contains($0) }, "\(counts)")
    }
}

/// Bytes that do not lie together in memory.
private struct ReversedBytes: RandomAccessCollection {
    var base: [UInt8]
    var startIndex: Int { 0 }
    var endIndex: Int { base.count }
    subscript(index: Int) -> UInt8 { base[base.count - 1 - index] }
}
