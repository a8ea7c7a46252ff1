import Daybook

/// Hashes for the tables of one index. Seeded, so that nobody outside can choose ids or names that collide.
struct SeededHash: BitwiseCopyable {
    private let a: UInt64
    private let b: UInt64

    init() {
        var random = SystemRandomNumberGenerator()
        a = random.next() | 1
        b = random.next() | 1
    }

    /// The 128-bit product folded to 64 bits, as wyhash does it.
    @inline(__always)
    private static func fold(_ x: UInt64, _ y: UInt64) -> UInt64 {
        let product = x.multipliedFullWidth(by: y)
        return product.high ^ product.low
    }

    @inline(__always)
    func hash(_ high: UInt64, _ low: UInt64) -> UInt64 {
        Self.fold(Self.fold(high ^ a, low ^ b) ^ a, 0x9E37_79B9_7F4A_7C15)
    }

    @inline(__always)
    func hash(_ id: EventID) -> UInt64 { hash(id.high, id.low) }

    func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = a ^ UInt64(truncatingIfNeeded: bytes.count)
        var at = 0
        while at + 16 <= bytes.count {
            let low = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let high = bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)
            state = Self.fold(low ^ b, high ^ state)
            at += 16
        }
        var low: UInt64 = 0
        var high: UInt64 = 0
        if at + 8 <= bytes.count {
            low = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            at += 8
            high = Self.tail(bytes, at)
        } else {
            low = Self.tail(bytes, at)
        }
        return hash(low ^ state, high)
    }

    /// The last 0 to 7 bytes as one number.
    @inline(__always)
    private static func tail(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt64 {
        var at = start
        var value: UInt64 = 0
        var shift: UInt64 = 0
        if bytes.count - at >= 4 {
            value = UInt64(bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            at += 4
            shift = 32
        }
        while at < bytes.count {
            value |= UInt64(bytes[at]) << shift
            shift += 8
            at += 1
        }
        return value
    }
}
