/// Bodies of mails that survive every relay (RFC 2045, 6.7).
enum QuotedPrintable {
    /// A line has at most 76 bytes, with the `=` of one that goes on in the next.
    private static let lineLength = 76
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Encodes text as UTF-8, with CR LF for every line end, and one at the end.
    static func encode(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + text.utf8.count / 8 + 2)
        var line = Line()
        var afterReturn = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"):
                if !afterReturn { line.end(&result) }
            case UInt8(ascii: "\r"): line.end(&result)
            default: line.append(byte, &result)
            }
            afterReturn = byte == UInt8(ascii: "\r")
        }
        if !line.isEmpty { line.end(&result) }
        return result
    }

    private struct Line {
        private var bytes: [UInt8] = []
        private var endsWithBlank = false

        var isEmpty: Bool { bytes.isEmpty }

        mutating func append(_ byte: UInt8, _ result: inout [UInt8]) {
            let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
            let isPlain = (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=")) || isBlank
            // A dot at the front is SMTP's, and `From ` some mailboxes' own.
            let isTroublesome = bytes.isEmpty && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F"))
            let isEscaped = !isPlain || isTroublesome
            if bytes.count + (isEscaped ? 3 : 1) > lineLength - 1 {
                result += bytes
                result += "=\r\n".utf8
                bytes.removeAll(keepingCapacity: true)
                return append(byte, &result)
            }
            if isEscaped {
                bytes += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                bytes.append(byte)
            }
            endsWithBlank = isBlank
        }

        mutating func end(_ result: inout [UInt8]) {
            if endsWithBlank, let blank = bytes.popLast() {
                // Relays may cut blanks at the end of a line. If there is no room, the line goes on in the next.
                if bytes.count + 3 > lineLength {
                    result += bytes
                    result += "=\r\n".utf8
                    bytes.removeAll(keepingCapacity: true)
                }
                bytes += [UInt8(ascii: "="), digits[Int(blank >> 4)], digits[Int(blank & 15)]]
            }
            result += bytes
            result += "\r\n".utf8
            bytes.removeAll(keepingCapacity: true)
            endsWithBlank = false
        }
    }
}
