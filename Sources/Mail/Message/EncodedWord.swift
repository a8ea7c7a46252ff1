import FoundationEssentials

/// Text in headers that are ASCII (RFC 2047).
enum EncodedWord {
    private static let prefix = "=?utf-8?B?"
    private static let suffix = "?="
    /// An encoded word has at most 75 bytes; 48 of base 64 are 36 of text, and leave room for the name of the first line.
    private static let textBytes = 36

    /// Whether a text cannot stand in a header as it is: it is not ASCII, would be taken for encoded, or has a word that no
    /// line can hold.
    static func needed(for text: String) -> Bool {
        var run = 0
        for byte in text.utf8 {
            guard byte < 0x7F else { return true }
            run = byte == UInt8(ascii: " ") ? 0 : run + 1
            if run > 400 { return true }
        }
        return text.contains("=?")
    }

    /// The words to write, one after the other with a blank between them, which is not part of the text.
    static func encode(_ text: String) -> [String] {
        var words: [String] = []
        var bytes: [UInt8] = []
        // No scalar is taken apart: each word is decoded by itself.
        for scalar in text.unicodeScalars {
            let encoded = Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            if bytes.count + encoded.count > textBytes {
                words.append(word(bytes))
                bytes = []
            }
            bytes += encoded
        }
        if !bytes.isEmpty { words.append(word(bytes)) }
        return words
    }

    private static func word(_ bytes: [UInt8]) -> String {
        prefix + Data(bytes).base64EncodedString() + suffix
    }
}
