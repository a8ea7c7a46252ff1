import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The identity of an event: 16 bytes, written as 32 lower-case hex digits. Ours are UUIDs version 7 (RFC 9562), so
/// that ids made later sort later.
public struct EventID: Hashable, Sendable, Comparable, BitwiseCopyable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }

    /// A new id: 48 bits of milliseconds, 12 bits of their fraction (rising within the process), 62 random bits.
    public static func generate() -> EventID {
        let micros = Timestamp.now.microseconds
        // Milliseconds and 4096ths of one, as one rising number (RFC 9562, 6.2, method 3).
        let ticks = UInt64(bitPattern: micros / 1000) << 12 | UInt64(micros % 1000) * 4096 / 1000
        let rising = lastTicks.withLock { last in
            last = max(last &+ 1, ticks)
            return last
        }
        var random = SystemRandomNumberGenerator()
        return EventID(
            high: (rising & ~0xFFF) << 4 | 0x7000 | (rising & 0xFFF),
            low: (random.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000)
    }

    private static let lastTicks = Mutex<UInt64>(0)

    /// When a version 7 id was made, in milliseconds; nil for other versions.
    public var generatedAt: Timestamp? {
        (high >> 12) & 0xF == 7 ? Timestamp(milliseconds: Int64(high >> 16)) : nil
    }

    /// Reads exactly 32 lower-case hex digits: the form the API takes and gives.
    public init?(hex bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        // Anything else reads as a number, too.
        guard (0..<4).allSatisfy({ Self.areHexDigits(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) })
        else { return nil }
        self.init(high: Self.word(bytes, 0), low: Self.word(bytes, 16))
    }

    /// Whether eight bytes are lower-case hex digits, told all at once: what is added to a byte carries into its highest
    /// bit from one value on. No carry leaves a byte, since with their highest bits off two of them stay below 256.
    @inline(__always)
    private static func areHexDigits(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = word & (0x7F &* ones)
        func isAtLeast(_ byte: UInt8) -> UInt64 { low &+ UInt64(0x80 - byte) &* ones }
        let digits = isAtLeast(UInt8(ascii: "0")) & ~isAtLeast(UInt8(ascii: "9") + 1)
        let letters = isAtLeast(UInt8(ascii: "a")) & ~isAtLeast(UInt8(ascii: "f") + 1)
        return (digits | letters) & ~word & (0x80 &* ones) == 0x80 &* ones
    }

    /// The number that 16 hex digits tell, eight of them at a time; of other bytes, some number.
    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt64 {
        var word: UInt64 = 0
        for at in stride(from: start, to: start + 16, by: 8) {
            let text = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            // Letters, and they alone, have bit 6; their low bits are 1 for `a` and so on.
            var digits = (text & 0x0F0F_0F0F_0F0F_0F0F) &+ (text >> 6 & 0x0101_0101_0101_0101) &* 9
            digits = (digits | digits >> 4) & 0x00FF_00FF_00FF_00FF
            digits = (digits | digits >> 8) & 0x0000_FFFF_0000_FFFF
            word = word << 32 | (digits | digits >> 16) & 0xFFFF_FFFF
        }
        return word
    }

    /// Reads a UUID in any usual spelling: with or without dashes, upper or lower case.
    public init?(anySpelling text: String) {
        let utf8 = text.utf8
        guard utf8.count == 32 || utf8.count == 36 else { return nil }
        var digits: [UInt8] = []
        digits.reserveCapacity(32)
        for (at, byte) in utf8.enumerated() {
            if utf8.count == 36, at == 8 || at == 13 || at == 18 || at == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                digits.append((UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte) ? byte | 0x20 : byte)
            }
        }
        guard let id = digits.withUnsafeBytes({ EventID(hex: $0) }) else { return nil }
        self = id
    }

    /// Calls the body with the 32 hex digits.
    @inlinable
    public func withHexDigits<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { buffer in
            if let start = buffer.baseAddress { writeHexDigits(to: start) }
            return try body(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Writes the 32 hex digits to a place that has room for them.
    @inlinable
    func writeHexDigits(to place: UnsafeMutableRawPointer) {
        Self.write(high, to: place)
        Self.write(low, to: place + 16)
    }

    /// Writes a word's 16 hex digits, all at once: each byte of two words becomes one digit.
    @inlinable
    static func write(_ word: UInt64, to place: UnsafeMutableRawPointer) {
        for half in 0..<2 {
            // The half's eight digits, one in each byte, the first in the lowest.
            var digits = word >> (half == 0 ? 32 : 0) & 0xFFFF_FFFF
            digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
            digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
            digits = ((digits | digits << 4) & 0x0F0F_0F0F_0F0F_0F0F).byteSwapped
            // 1 in each byte whose digit is a letter.
            let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
            let text = digits &+ 0x3030_3030_3030_3030 &+ letters &* UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
            (place + half * 8).storeBytes(of: text.littleEndian, as: UInt64.self)
        }
    }
}

extension EventID: LosslessStringConvertible {
    public var description: String { withHexDigits { String(decoding: $0, as: UTF8.self) } }

    public init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ EventID(hex: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = id
    }
}

extension Timestamp {
    /// The machine's clock.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
