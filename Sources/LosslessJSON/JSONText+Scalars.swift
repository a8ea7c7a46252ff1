extension JSONText {
    public var isNull: Bool { kind == .null }

    /// The boolean; nil for all else.
    public var boolValue: Bool? {
        kind == .bool ? bytes.first == UInt8(ascii: "t") : nil
    }

    /// The string with its escapes resolved; nil for all else.
    public var stringValue: String? {
        guard kind == .string else { return nil }
        return bytes.withUnsafeBytes { $0.unquotedJSONString(hasEscapes: $0.contains(UInt8(ascii: "\\"))) }
    }

    /// The number as it was written; nil for all else.
    public var numberText: String? {
        kind == .number ? description : nil
    }

    /// The number when it is an integer of 64 bits exactly, however written (`7`, `7.0`, `70e-1`); nil for all else.
    public var int64Value: Int64? {
        guard kind == .number else { return nil }
        return Int64(description) ?? exactInteger
    }

    /// The number, rounded to the nearest `Double`; nil when it is too large for one, and for all else.
    public var doubleValue: Double? {
        guard let value = numberText.flatMap(Double.init), value.isFinite else { return nil }
        return value
    }

    /// An integer written with a fraction or an exponent.
    private var exactInteger: Int64? {
        let mantissa = bytes.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        let exponentText = bytes.dropFirst(mantissa.count + 1)
        // No text is long enough to make up for an exponent beyond this bound, which keeps the sums below from overflowing.
        let bound = 1 << 40
        let written = exponentText.isEmpty ? 0 : Int(String(decoding: exponentText, as: UTF8.self))
        let exponent = min(max(written ?? (exponentText.first == UInt8(ascii: "-") ? -bound : bound), -bound), bound)
        let fraction = mantissa.drop { $0 != UInt8(ascii: ".") }.dropFirst()
        var digits = mantissa.filter(\.isASCIIDigit)
        var scale = exponent - fraction.count
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            scale += 1
        }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        if significant.isEmpty { return 0 }
        guard scale >= 0, scale <= 18 else { return nil }
        let sign = bytes.first == UInt8(ascii: "-") ? "-" : ""
        return Int64(
            sign + String(decoding: significant, as: UTF8.self) + String(repeating: "0", count: scale))
    }
}

extension UnsafeRawBufferPointer {
    /// The text of a valid JSON string, given with its quotation marks.
    func unquotedJSONString(hasEscapes: Bool) -> String {
        let inner = UnsafeRawBufferPointer(rebasing: self[1..<count - 1])
        guard hasEscapes else { return String(decoding: inner, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: inner.count) { inner.resolveEscapes(into: $0) }
    }

    /// Writes the text of a string's inside; it is never longer than the inside itself.
    private func resolveEscapes(into target: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var length = 0
        func put(_ byte: UInt8) {
            target.initializeElement(at: length, to: byte)
            length += 1
        }
        var index = 0
        while index < count {
            guard self[index] == UInt8(ascii: "\\") else {
                put(self[index])
                index += 1
                continue
            }
            let escape = self[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): put(0x08)
            case UInt8(ascii: "f"): put(0x0C)
            case UInt8(ascii: "n"): put(0x0A)
            case UInt8(ascii: "r"): put(0x0D)
            case UInt8(ascii: "t"): put(0x09)
            case UInt8(ascii: "u"):
                let unit = hexadecimalUnit(at: index) ?? 0xFFFD
                index += 4
                var scalar = UInt32(unit)
                if (0xD800..<0xDC00).contains(unit), let low = hexadecimalUnit(at: index + 2) {
                    scalar = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
                    index += 6
                }
                for byte in UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter {
                    put(byte)
                }
            default: put(escape)
            }
        }
        return length
    }
}
