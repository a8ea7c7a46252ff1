import LosslessJSON

/// Writes cells of CSV (RFC 4180, rows ended by a line feed), as bytes.
extension [UInt8] {
    /// A cell, in quotation marks when readers need them: around commas, quotation marks, line ends, and spaces at the
    /// ends, which some readers drop.
    @inline(__always)
    mutating func appendCell(_ text: UnsafeRawBufferPointer) {
        guard let first = text.first else { return }
        var needsQuotes = first == 0x20 || text[text.count - 1] == 0x20
        if !needsQuotes {
            for byte in text where byte.isSpecialInCSV {
                needsQuotes = true
                break
            }
        }
        if needsQuotes { appendQuotedCell(text) } else { append(contentsOf: text) }
    }

    private mutating func appendQuotedCell(_ text: UnsafeRawBufferPointer) {
        append(UInt8(ascii: "\""))
        var written = 0
        for at in text.indices where text[at] == UInt8(ascii: "\"") {
            append(contentsOf: UnsafeRawBufferPointer(rebasing: text[written...at]))
            // The quotation mark that is written with the rest is the second one.
            written = at
        }
        append(contentsOf: UnsafeRawBufferPointer(rebasing: text[written...]))
        append(UInt8(ascii: "\""))
    }

    mutating func appendCell(_ text: String) {
        var text = text
        text.withUTF8 { appendCell(UnsafeRawBufferPointer($0)) }
    }

    /// A JSON value as a cell: a string's text, nothing for null, all else as it was written.
    @inline(__always)
    mutating func appendCell(_ value: JSONText) {
        let isEscaped = value.bytes.withUnsafeBytes { bytes in
            switch bytes.first {
            case UInt8(ascii: "\""):
                let inner = UnsafeRawBufferPointer(rebasing: bytes[1..<bytes.count - 1])
                if inner.contains(UInt8(ascii: "\\")) { return true }
                appendCell(inner)
            case UInt8(ascii: "n"), nil: break
            default: appendCell(bytes)
            }
            return false
        }
        if isEscaped { appendCell(value.stringValue ?? "") }
    }
}

extension UInt8 {
    @inline(__always)
    fileprivate var isSpecialInCSV: Bool {
        self == UInt8(ascii: ",") || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\n")
            || self == UInt8(ascii: "\r")
    }
}
