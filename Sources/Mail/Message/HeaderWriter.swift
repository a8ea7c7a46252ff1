/// Writes the headers of a mail. All of them are written here, and here alone is decided what a line can hold: whatever
/// the value, one header is one header.
struct HeaderWriter {
    private(set) var bytes: [UInt8] = []

    /// Lines are folded before this length where they can be, in bytes without CR LF (RFC 5322, 2.1.1).
    private static let preferredLength = 78

    /// A header of any text (RFC 5322, `unstructured`).
    mutating func write(_ name: String, text: String) {
        let text = text.withoutControls
        let words = EncodedWord.needed(for: text) ? EncodedWord.encode(text) : Self.words(of: text)
        write(name, words: words)
    }

    mutating func write(_ name: String, addresses: [MailAddress]) {
        var words: [String] = []
        for (at, address) in addresses.enumerated() {
            let comma = at + 1 < addresses.count ? "," : ""
            guard let displayName = address.displayName else {
                words.append(address.mailbox + comma)
                continue
            }
            words += Self.phrase(displayName)
            words.append("<\(address.mailbox)>\(comma)")
        }
        write(name, words: words)
    }

    /// A header whose value has a grammar of its own, and blanks only where a line may be folded.
    mutating func write(_ name: String, structured value: String) {
        write(name, words: Self.words(of: value))
    }

    /// The only place that writes a line. Words hold no control characters; a blank stands between two of them.
    private mutating func write(_ name: String, words: [String]) {
        bytes += "\(name):".utf8
        var length = name.utf8.count + 1
        for (at, word) in words.enumerated() {
            let word = word.withoutControls
            // The first word stays with the name, so that no line is without content.
            if at > 0, length + 1 + word.utf8.count > Self.preferredLength {
                bytes += "\r\n".utf8
                length = 0
            }
            bytes += " \(word)".utf8
            length += 1 + word.utf8.count
        }
        bytes += "\r\n".utf8
    }

    /// The parts that a line may be folded between, each with at least one visible character, so that no line consists of
    /// blanks. Blanks beyond one stay, at the front of the word behind them.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for character in text.utf8 {
            if character == UInt8(ascii: " "), word.utf8.contains(where: { $0 != UInt8(ascii: " ") }) {
                words.append(word)
                word = ""
            } else {
                word.unicodeScalars.append(Unicode.Scalar(character))
            }
        }
        // Blanks at the end say nothing.
        if word.utf8.contains(where: { $0 != UInt8(ascii: " ") }) { words.append(word) }
        return words
    }

    /// A shown name: as it is, in quotation marks, or encoded.
    private static func phrase(_ name: String) -> [String] {
        if EncodedWord.needed(for: name) { return EncodedWord.encode(name) }
        if name.utf8.allSatisfy({ $0.isAtomCharacter || $0 == UInt8(ascii: " ") }) { return words(of: name) }
        let escaped = name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return ["\"\(escaped)\""]
    }
}
