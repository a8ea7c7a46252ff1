import Daybook

/// Finds entries by digest: a hash table of their numbers, four bytes for each slot.
///
/// Digests are random, so their bits are the hash. It is cut into segments that grow by themselves, so that no request
/// waits for all of a large table to be rehashed.
struct DigestTable: ~Copyable {
    /// `number + 1`; 0 is an empty slot.
    typealias Slot = UInt32

    struct Segment {
        var slots: [Slot] = []
        var count = 0
    }

    private static let segmentBits = 8
    private static let smallest = 8
    private var segments = [Segment](repeating: Segment(), count: 1 << segmentBits)
    private(set) var count = 0
    private var slots = 0

    var memoryBytes: Int { slots * MemoryLayout<Slot>.stride }

    @inline(__always)
    private static func segment(_ digest: HashDigest) -> Int { Int(digest.high >> UInt64(64 - segmentBits)) }

    @inline(__always)
    private static func home(_ digest: HashDigest, _ mask: Int) -> Int { Int(truncatingIfNeeded: digest.low) & mask }

    /// The number of the entry with this digest.
    @inline(__always)
    func find(_ digest: HashDigest, digestOf: (UInt32) -> HashDigest) -> UInt32? {
        let segment = Self.segment(digest)
        let capacity = segments[segment].slots.count
        guard capacity > 0 else { return nil }
        let mask = capacity - 1
        return segments[segment].slots.withUnsafeBufferPointer { slots in
            var at = Self.home(digest, mask)
            while slots[at] != 0 {
                let number = slots[at] - 1
                if digestOf(number) == digest { return number }
                at = (at + 1) & mask
            }
            return nil
        }
    }

    /// Adds the number of an entry whose digest is not in the table.
    mutating func insert(_ number: UInt32, _ digest: HashDigest, digestOf: (UInt32) -> HashDigest) {
        let segment = Self.segment(digest)
        let capacity = segments[segment].slots.count
        if (segments[segment].count + 1) * 8 > capacity * 7 {
            resize(segment, max(Self.smallest, capacity * 2), digestOf)
        }
        Self.place(number + 1, digest, &segments[segment].slots)
        segments[segment].count += 1
        count += 1
    }

    /// Makes room for so many entries, which are about to come.
    mutating func reserve(_ count: Int) {
        // Digests are random: no segment gets many more than its part.
        let part = count >> Self.segmentBits
        guard part > Self.smallest else { return }
        let wanted = (part + part / 8) * 8 / 7
        let capacity = 1 << (Int.bitWidth - (wanted - 1).leadingZeroBitCount)
        for segment in segments.indices where segments[segment].slots.isEmpty {
            segments[segment].slots = [Slot](repeating: 0, count: capacity)
            slots += capacity
        }
    }

    private static func place(_ slot: Slot, _ digest: HashDigest, _ slots: inout [Slot]) {
        let mask = slots.count - 1
        var at = home(digest, mask)
        while slots[at] != 0 { at = (at + 1) & mask }
        slots[at] = slot
    }

    private mutating func resize(_ segment: Int, _ capacity: Int, _ digestOf: (UInt32) -> HashDigest) {
        let old = segments[segment].slots
        var new = [Slot](repeating: 0, count: capacity)
        for slot in old where slot != 0 { Self.place(slot, digestOf(slot - 1), &new) }
        segments[segment].slots = new
        slots += capacity - old.count
    }

    /// Takes the number of an entry out, which must be there.
    mutating func remove(_ number: UInt32, _ digest: HashDigest, digestOf: (UInt32) -> HashDigest) {
        let segment = Self.segment(digest)
        let mask = segments[segment].slots.count - 1
        guard mask > 0 else { return }
        var hole = Self.home(digest, mask)
        while segments[segment].slots[hole] != number + 1 {
            if segments[segment].slots[hole] == 0 { return }
            hole = (hole + 1) & mask
        }
        // What stands behind moves up, unless that would put it before its home.
        var at = hole
        while true {
            at = (at + 1) & mask
            let slot = segments[segment].slots[at]
            if slot == 0 { break }
            let home = Self.home(digestOf(slot - 1), mask)
            if (at - home) & mask >= (at - hole) & mask {
                segments[segment].slots[hole] = slot
                hole = at
            }
        }
        segments[segment].slots[hole] = 0
        segments[segment].count -= 1
        count -= 1
        if mask + 1 > Self.smallest, segments[segment].count * 8 < mask + 1 {
            resize(segment, (mask + 1) / 2, digestOf)
        }
    }
}
