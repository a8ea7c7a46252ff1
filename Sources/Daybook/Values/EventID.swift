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
public struct EventID: Hashable, Sendable, Comparable {
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
        var words: (UInt64, UInt64) = (0, 0)
        for at in 0..<32 {
            let digit: UInt64
            switch bytes[at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(bytes[at] - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(bytes[at] - UInt8(ascii: "a")) + 10
            default: return nil
            }
            if at < 16 { words.0 = words.0 << 4 | digit } else { words.1 = words.1 << 4 | digit }
        }
        self.init(high: words.0, low: words.1)
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
            for at in 0..<32 {
                let word = at < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - (at & 15) * 4)) & 0xF
                buffer[at] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return try body(UnsafeRawBufferPointer(buffer))
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
