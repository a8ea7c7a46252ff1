/// Senders as CloudEvents sources. A source must be a non-empty URI reference (RFC 3986), a sender is free text, empty,
/// or nothing: what a URI reference cannot hold is percent-encoded, so that readers that check it take it. Every
/// sender comes back exactly.
public enum SenderSource {
    static let unnamed = "urn:daybook:unnamed"
    static let empty = "urn:daybook:empty"

    static func source(of sender: String?) -> String {
        guard let sender else { return unnamed }
        if sender.utf8.allSatisfy(isPlain) { return sender.isEmpty ? empty : sender }
        let bytes = Array(sender.utf8)
        let parts = Parts(of: bytes)
        var text: [UInt8] = []
        for (at, byte) in bytes.enumerated() {
            let isTaken = at == bytes.count - 1 && (sender == unnamed || sender == empty)
            if parts.allow(byte, at: at), !isTaken {
                text.append(byte)
            } else {
                text += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The sender of a source; a source that no sender has is taken as it is.
    public static func sender(of source: String) -> String? {
        if source == unnamed { return nil }
        if source == empty { return "" }
        // Over the bytes as they lie in memory: a string's own iteration takes several times as long.
        let percent = UInt8(ascii: "%")
        let hasEscapes = source.utf8.withContiguousStorageIfAvailable { $0.contains(percent) }
        guard hasEscapes ?? source.utf8.contains(percent) else { return source }
        var bytes: [UInt8] = []
        var rest = Array(source.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigits.firstIndex(of:)),
                let low = rest.popFirst().flatMap(hexDigits.firstIndex(of:)), high + low > 0
            else { return source }
            bytes.append(UInt8(high << 4 | low))
        }
        return String(validating: bytes, as: UTF8.self) ?? source
    }

    /// Whether a source is its sender's name as it is.
    static func isSender(_ source: UnsafeRawBufferPointer) -> Bool {
        // `urn:daybook:…` stands for a sender without a name, among others.
        source.first != UInt8(ascii: "u") && !source.contains(UInt8(ascii: "%"))
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    /// What stands for itself everywhere in a URI reference.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            switch Unicode.Scalar(byte) {
            case "-", ".", "_", "~", "!", "$", "&", "'", "(", ")", "*", "+", ",", ";", "=": true
            default: false
            }
        }
    }

    /// Where in a text the parts of a URI reference begin, as far as they tell which characters are allowed.
    private struct Parts {
        /// Where the scheme's colon is; -1 when there is no scheme.
        private var schemeEnd = -1
        /// Behind `//`.
        private var authority = 0..<0
        /// Where the digits of the port begin.
        private var port = 0
        private var pathStart = 0
        private var fragmentStart: Int

        init(of bytes: [UInt8]) {
            func end(from start: Int, of stops: String) -> Int {
                bytes[start...].firstIndex { stops.utf8.contains($0) } ?? bytes.count
            }
            fragmentStart = end(from: 0, of: "#")
            let colon = end(from: 0, of: ":/?#")
            if colon < bytes.count, bytes[colon] == UInt8(ascii: ":"), Self.isScheme(bytes[..<colon]) {
                schemeEnd = colon
            }
            if bytes[(schemeEnd + 1)...].starts(with: "//".utf8) {
                authority = schemeEnd + 3..<end(from: schemeEnd + 3, of: "/?#")
                port = bytes[authority].lastIndex { !Self.isDigit($0) }.map { $0 + 1 } ?? authority.lowerBound
            }
            pathStart = max(authority.upperBound, schemeEnd + 1)
            if schemeEnd < 0, authority.isEmpty {
                // Without a scheme the first segment of a path has no colon.
                pathStart = end(from: 0, of: "/?#")
            }
        }

        func allow(_ byte: UInt8, at index: Int) -> Bool {
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "?"): true
            case UInt8(ascii: "@"): !authority.contains(index)
            case UInt8(ascii: ":"): index == schemeEnd || index >= pathStart || index == port - 1
            case UInt8(ascii: "#"): index == fragmentStart
            default: isPlain(byte)
            }
        }

        private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

        /// `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`
        private static func isScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
            guard let first = bytes.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20) else {
                return false
            }
            return bytes.allSatisfy {
                isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || "+-.".utf8.contains($0)
            }
        }
    }
}
