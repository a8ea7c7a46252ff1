/// One escape in a string: `\n` and the like, `\uXXXX` (also two of them for a surrogate pair), `\u{X…}`.
struct StringEscape {
    var scalar: Unicode.Scalar
    /// How many bytes it takes, the backslash included.
    var length: Int

    /// Reads the escape that begins at a backslash; nil when it is none, or names no Unicode scalar.
    init?(_ bytes: [UInt8], at start: Int) {
        guard start + 1 < bytes.count else { return nil }
        length = 2
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(bytes[start + 1])
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{C}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"):
            guard let (value, length) = Self.unicode(bytes, at: start + 2), let scalar = Unicode.Scalar(value) else {
                return nil
            }
            self.scalar = scalar
            self.length = length + 2
        default: return nil
        }
    }

    /// What follows `\u`: its value, and the bytes it takes.
    private static func unicode(_ bytes: [UInt8], at start: Int) -> (UInt32, Int)? {
        if start < bytes.count, bytes[start] == UInt8(ascii: "{") { return braced(bytes, at: start) }
        guard let unit = unit(bytes, at: start) else { return nil }
        guard (0xD800..<0xDC00).contains(unit) else { return (unit, 4) }
        guard start + 6 <= bytes.count, bytes[start + 4] == UInt8(ascii: "\\"), bytes[start + 5] == UInt8(ascii: "u"),
            let low = Self.unit(bytes, at: start + 6), (0xDC00..<0xE000).contains(low)
        else { return nil }
        return (0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00), 10)
    }

    private static func braced(_ bytes: [UInt8], at start: Int) -> (UInt32, Int)? {
        var value: UInt32 = 0
        var index = start + 1
        while index < bytes.count, let digit = bytes[index].hexadecimalValue {
            value = value << 4 | digit
            guard value <= 0x10FFFF else { return nil }
            index += 1
        }
        guard index > start + 1, index < bytes.count, bytes[index] == UInt8(ascii: "}") else { return nil }
        return (value, index + 1 - start)
    }

    /// Four hexadecimal digits.
    private static func unit(_ bytes: [UInt8], at start: Int) -> UInt32? {
        guard start + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[start..<start + 4] {
            guard let digit = byte.hexadecimalValue else { return nil }
            value = value << 4 | digit
        }
        return value
    }
}

extension UInt8 {
    fileprivate var hexadecimalValue: UInt32? {
        if isDigit { return UInt32(self &- 0x30) }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? UInt32(letter) + 10 : nil
    }
}
