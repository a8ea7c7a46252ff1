/// A hash table of 32-bit numbers (of rows or values) whose keys are kept elsewhere: whoever looks something up compares
/// the key himself. Several numbers may have one hash.
///
/// Open addressing, eight bytes for each slot: 32 bits of the hash, so that keys are hardly ever compared in vain, and
/// the number. The table is cut into segments that grow by themselves, so that no insertion waits for all of a large
/// table to be rehashed.
final class NumberTable: @unchecked Sendable {
    /// `number + 1` in the lower half (0: empty slot), the tag in the upper.
    private typealias Slot = UInt64

    private struct Segment: BitwiseCopyable {
        var slots: UnsafeMutablePointer<Slot>?
        /// The capacity is two to this power.
        var bits: UInt32
        var count: UInt32

        @inline(__always)
        func home(_ tag: UInt32) -> Int { Int(tag >> (32 - bits)) }
        @inline(__always)
        var mask: Int { 1 << Int(bits) - 1 }
    }

    private static let smallestBits: UInt32 = 3
    private let segments: UnsafeMutablePointer<Segment>
    private let segmentBits: Int
    @exclusivity(unchecked) private(set) var count = 0
    @exclusivity(unchecked) private(set) var slotBytes = 0

    /// - Parameter segmentBits: the table has two to this power segments.
    init(segmentBits: Int) {
        self.segmentBits = segmentBits
        segments = .allocate(capacity: 1 << segmentBits)
        segments.initialize(repeating: Segment(slots: nil, bits: 0, count: 0), count: 1 << segmentBits)
    }

    deinit {
        for at in 0..<(1 << segmentBits) { segments[at].slots?.deallocate() }
        segments.deallocate()
    }

    var memoryBytes: Int { slotBytes + MemoryLayout<Segment>.stride << segmentBits }

    @inline(__always)
    private func segment(_ hash: UInt64) -> UnsafeMutablePointer<Segment> {
        segmentBits == 0 ? segments : segments + Int(hash >> UInt64(64 - segmentBits))
    }

    /// The first number under this hash that the body takes.
    @inline(__always)
    func first(_ hash: UInt64, where isWanted: (UInt32) -> Bool) -> UInt32? {
        let segment = segment(hash).pointee
        guard let slots = segment.slots else { return nil }
        let tag = UInt32(truncatingIfNeeded: hash)
        let mask = segment.mask
        var at = segment.home(tag)
        while true {
            let slot = slots[at]
            if slot == 0 { return nil }
            if UInt32(truncatingIfNeeded: slot >> 32) == tag {
                let number = UInt32(truncatingIfNeeded: slot) &- 1
                if isWanted(number) { return number }
            }
            at = (at + 1) & mask
        }
    }

    /// Makes room in an empty table.
    func reserve(_ expected: Int) {
        // Segments fill unevenly; a tenth more, and none has to grow but by bad luck.
        let each = (expected >> segmentBits) * 11 / 10 * 4 / 3
        guard count == 0, each > 0 else { return }
        let bits = max(Self.smallestBits, UInt32(Int.bitWidth - each.leadingZeroBitCount))
        for at in 0..<(1 << segmentBits) where segments[at].slots == nil { resize(segments + at, bits: bits) }
    }

    /// The numbers 0, 1, … whose hashes these are, in the order of the segments they belong to.
    func numbersBySegment(_ hashes: [UInt64]) -> [UInt32] {
        func segment(_ hash: UInt64) -> Int { segmentBits == 0 ? 0 : Int(hash >> UInt64(64 - segmentBits)) }
        var starts = [Int](repeating: 0, count: 1 << segmentBits + 1)
        for hash in hashes { starts[segment(hash) + 1] += 1 }
        for at in 1..<starts.count { starts[at] += starts[at - 1] }
        var numbers = [UInt32](repeating: 0, count: hashes.count)
        for (number, hash) in hashes.enumerated() {
            numbers[starts[segment(hash)]] = UInt32(number)
            starts[segment(hash)] += 1
        }
        return numbers
    }

    /// Adds a number; whether it is there already is the caller's to know.
    func insert(_ number: UInt32, hash: UInt64) {
        let segment = segment(hash)
        if segment.pointee.slots == nil || Int(segment.pointee.count) * 4 >= (segment.pointee.mask + 1) * 3 {
            resize(segment, bits: segment.pointee.slots == nil ? Self.smallestBits : segment.pointee.bits + 1)
        }
        place(Slot(UInt32(truncatingIfNeeded: hash)) << 32 | Slot(number + 1), in: segment)
        segment.pointee.count += 1
        count += 1
    }

    @inline(__always)
    private func place(_ slot: Slot, in segment: UnsafeMutablePointer<Segment>) {
        guard let slots = segment.pointee.slots else { return }
        let mask = segment.pointee.mask
        var at = segment.pointee.home(UInt32(truncatingIfNeeded: slot >> 32))
        while slots[at] != 0 { at = (at + 1) & mask }
        slots[at] = slot
    }

    /// Takes a number out; nothing happens when it is not there.
    func remove(_ number: UInt32, hash: UInt64) {
        let segment = segment(hash)
        guard let slots = segment.pointee.slots else { return }
        let wanted = Slot(UInt32(truncatingIfNeeded: hash)) << 32 | Slot(number + 1)
        let mask = segment.pointee.mask
        var hole = segment.pointee.home(UInt32(truncatingIfNeeded: hash))
        while slots[hole] != wanted {
            if slots[hole] == 0 { return }
            hole = (hole + 1) & mask
        }
        // What stands behind moves up, unless that would put it before its home.
        var at = hole
        while true {
            at = (at + 1) & mask
            let slot = slots[at]
            if slot == 0 { break }
            let home = segment.pointee.home(UInt32(truncatingIfNeeded: slot >> 32))
            if (at - home) & mask >= (at - hole) & mask {
                slots[hole] = slot
                hole = at
            }
        }
        slots[hole] = 0
        segment.pointee.count -= 1
        count -= 1
        let capacity = mask + 1
        if segment.pointee.bits > Self.smallestBits, Int(segment.pointee.count) * 8 < capacity {
            resize(segment, bits: segment.pointee.bits - 1)
        }
    }

    private func resize(_ segment: UnsafeMutablePointer<Segment>, bits: UInt32) {
        let old = segment.pointee
        let capacity = 1 << Int(bits)
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
        segment.pointee.slots = slots
        segment.pointee.bits = bits
        slotBytes += capacity * MemoryLayout<Slot>.stride
        guard let oldSlots = old.slots else { return }
        for at in 0...old.mask where oldSlots[at] != 0 { place(oldSlots[at], in: segment) }
        oldSlots.deallocate()
        slotBytes -= (old.mask + 1) * MemoryLayout<Slot>.stride
    }
}
