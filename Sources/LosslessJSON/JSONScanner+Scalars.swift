extension JSONScanner {
    /// Passes a string; `at` is on its opening quotation mark.
    mutating func skipString() throws(JSONError) {
        let start = at
        at += 1
        while true {
            // Eight plain characters at a time.
            while at + 8 <= text.count {
                let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: at, as: UInt64.self))
                let special = word.bytesToLookAt
                if special == 0 {
                    at += 8
                } else {
                    at += special.trailingZeroBitCount >> 3
                    break
                }
            }
            guard at < text.count else { throw error(.unterminatedString, at: start) }
            switch text[at] {
            case UInt8(ascii: "\""):
                at += 1
                return
            case UInt8(ascii: "\\"):
                sawEscape = true
                try skipEscape()
            case 0x00: throw error(.nul, at: at)
            case let byte where byte < 0x20: throw error(.controlCharacter(byte), at: at)
            case let byte where byte < 0x80: at += 1
            default:
                repeat { try skipMultibyteScalar() } while at < text.count && text[at] >= 0x80
            }
        }
    }

    /// Passes a number: `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`.
    mutating func skipNumber() throws(JSONError) {
        let start = at
        if text[at] == UInt8(ascii: "-") { at += 1 }
        if next == UInt8(ascii: "0") {
            at += 1
        } else if !skipDigits() {
            throw error(.invalidNumber, at: start)
        }
        if next == UInt8(ascii: ".") {
            at += 1
            guard skipDigits() else { throw error(.invalidNumber, at: start) }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            guard skipDigits() else { throw error(.invalidNumber, at: start) }
        }
        // `01`, `1x`: what follows would be told as a missing comma, which misleads.
        if let byte = next, byte.isASCIIDigit || byte.isASCIILetter { throw error(.invalidNumber, at: start) }
    }

    /// Passes digits; false when there is none.
    private mutating func skipDigits() -> Bool {
        let start = at
        while at < text.count, text[at].isASCIIDigit { at += 1 }
        return at > start
    }

    private mutating func skipEscape() throws(JSONError) {
        guard at + 1 < text.count else { throw error(.unterminatedString, at: at) }
        switch text[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        case UInt8(ascii: "u"):
            guard let unit = text.hexadecimalUnit(at: at + 2) else { throw error(.invalidEscape, at: at) }
            switch unit {
            case 0: throw error(.nul, at: at)
            case 0xD800..<0xDC00:
                guard at + 7 < text.count, text[at + 6] == UInt8(ascii: "\\"), text[at + 7] == UInt8(ascii: "u"),
                    let low = text.hexadecimalUnit(at: at + 8), (0xDC00..<0xE000).contains(low)
                else { throw error(.loneSurrogate, at: at) }
                at += 12
            case 0xDC00..<0xE000: throw error(.loneSurrogate, at: at)
            default: at += 6
            }
        default: throw error(.invalidEscape, at: at)
        }
    }

    /// Passes one scalar of two to four bytes, well formed as the Unicode standard's table 3-7 says.
    private mutating func skipMultibyteScalar() throws(JSONError) {
        let first = text[at]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if first == 0xE0 { second = 0xA0...0xBF }
            if first == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if first == 0xF0 { second = 0x90...0xBF }
            if first == 0xF4 { second = 0x80...0x8F }
        default: throw error(.invalidUTF8, at: at)
        }
        guard at + length <= text.count, second.contains(text[at + 1]),
            length < 3 || text[at + 2] & 0xC0 == 0x80, length < 4 || text[at + 3] & 0xC0 == 0x80
        else { throw error(.invalidUTF8, at: at) }
        at += length
    }
}

extension UInt64 {
    /// The high bit of each byte that ends a plain run in a string: a quotation mark, a backslash, a control character or
    /// a byte of a multibyte scalar. Borrows may set further bits above the lowest one, which alone is looked at.
    @inline(__always)
    var bytesToLookAt: UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotation = self ^ (ones &* 0x22)
        let backslash = self ^ (ones &* 0x5C)
        let found = (self &- ones &* 0x20) | (quotation &- ones) | (backslash &- ones)
        return (found | self) & highs
    }
}

extension UInt8 {
    @inline(__always)
    var isASCIIDigit: Bool { self &- 0x30 < 10 }

    @inline(__always)
    var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }

    var hexadecimalDigit: UInt16? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(self - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(self - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The four hexadecimal digits at an offset; nil when there are none.
    func hexadecimalUnit(at offset: Int) -> UInt16? {
        guard offset + 4 <= count else { return nil }
        var unit: UInt16 = 0
        for index in offset..<offset + 4 {
            guard let digit = self[index].hexadecimalDigit else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }
}
