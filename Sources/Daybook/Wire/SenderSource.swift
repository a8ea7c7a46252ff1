/// Senders as CloudEvents sources. A source must be a non-empty URI reference, a sender is free text or nothing: what
/// a URI reference cannot hold is percent-encoded, and no sender is ``unnamed``.
enum SenderSource {
    static let unnamed: StaticString = "urn:daybook:unnamed"

    static func source(of sender: String?) -> String {
        guard let sender, !sender.isEmpty else { return "\(unnamed)" }
        if sender.utf8.allSatisfy(isAllowed) { return sender }
        var text = ""
        for byte in sender.utf8 {
            if isAllowed(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }

    static func sender(of source: String) -> String? {
        if source == "\(unnamed)" { return nil }
        guard source.utf8.contains(UInt8(ascii: "%")) else { return source }
        var bytes: [UInt8] = []
        var rest = Substring(source).utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
                bytes.append(value)
                rest.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self) ?? source
    }

    /// The unreserved and reserved characters of RFC 3986; `%` is left out, so that decoding is exact.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: punctuation.contains(byte)
        }
    }

    private static let punctuation = Set("-._~:/?#[]@!$&'()*+,;=".utf8)
}
