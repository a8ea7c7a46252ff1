/// XXH64: a checksum, not a signature, at the speed of memory. Known answers in the tests; the algorithm is that of
/// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
struct XXHash64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    private let seed: UInt64
    private var lanes: (UInt64, UInt64, UInt64, UInt64)
    private var total: UInt64 = 0
    /// What did not fill 32 bytes yet.
    private var pending: [UInt8] = []

    init(seed: UInt64 = 0) {
        self.seed = seed
        lanes = (seed &+ Self.prime1 &+ Self.prime2, seed &+ Self.prime2, seed, seed &- Self.prime1)
    }

    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var hash = XXHash64(seed: seed)
        hash.update(bytes)
        return hash.value
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        total &+= UInt64(bytes.count)
        var rest = bytes
        if !pending.isEmpty {
            let missing = min(32 - pending.count, rest.count)
            pending.append(contentsOf: rest.prefix(missing))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(missing))
            guard pending.count == 32 else { return }
            let stripe = pending
            stripe.withUnsafeBytes { mix($0) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.count & ~31
        mix(rest.part(0, whole))
        if whole < rest.count { pending.append(contentsOf: rest.dropFirst(whole)) }
    }

    private mutating func mix(_ bytes: UnsafeRawBufferPointer) {
        var (a, b, c, d) = lanes
        var at = 0
        while at < bytes.count {
            a = Self.round(a, bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            b = Self.round(b, bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
            c = Self.round(c, bytes.loadUnaligned(fromByteOffset: at + 16, as: UInt64.self))
            d = Self.round(d, bytes.loadUnaligned(fromByteOffset: at + 24, as: UInt64.self))
            at += 32
        }
        lanes = (a, b, c, d)
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }

    var value: UInt64 {
        var hash: UInt64
        if total >= 32 {
            let (a, b, c, d) = lanes
            hash = Self.rotate(a, 1) &+ Self.rotate(b, 7) &+ Self.rotate(c, 12) &+ Self.rotate(d, 18)
            for lane in [a, b, c, d] {
                hash = (hash ^ Self.round(0, lane)) &* Self.prime1 &+ Self.prime4
            }
        } else {
            hash = seed &+ Self.prime5
        }
        hash &+= total
        return pending.withUnsafeBytes { Self.finish(hash, $0) }
    }

    private static func finish(_ start: UInt64, _ rest: UnsafeRawBufferPointer) -> UInt64 {
        var hash = start
        var at = 0
        while at + 8 <= rest.count {
            hash ^= round(0, rest.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            hash = rotate(hash, 27) &* prime1 &+ prime4
            at += 8
        }
        if at + 4 <= rest.count {
            hash ^= UInt64(rest.loadUnaligned(fromByteOffset: at, as: UInt32.self)) &* prime1
            hash = rotate(hash, 23) &* prime2 &+ prime3
            at += 4
        }
        while at < rest.count {
            hash ^= UInt64(rest[at]) &* prime5
            hash = rotate(hash, 11) &* prime1
            at += 1
        }
        hash = (hash ^ hash >> 33) &* prime2
        hash = (hash ^ hash >> 29) &* prime3
        return hash ^ hash >> 32
    }
}
