/// Texts without regard to case: ASCII byte by byte, other scalars by their lower-case mapping (and final sigma as sigma).
enum CaseFolding {
    static func fold(_ text: UnsafeRawBufferPointer, into folded: inout [UInt8]) {
        folded.removeAll(keepingCapacity: true)
        folded.reserveCapacity(text.count)
        if text.isPlainASCII {
            for byte in text { folded.append(lower(byte)) }
            return
        }
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            if scalar.isASCII {
                folded.append(lower(UInt8(truncatingIfNeeded: scalar.value)))
            } else if scalar == "ς" {
                folded.append(contentsOf: "σ".utf8)
            } else {
                folded.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
            }
        }
    }

    @inline(__always)
    static func lower(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// Whether a folded word is part of a text.
    ///
    /// - Parameter scratch: room to fold a text that is not ASCII.
    static func contains(_ word: [UInt8], in text: UnsafeRawBufferPointer, scratch: inout [UInt8]) -> Bool {
        guard !word.isEmpty else { return true }
        if text.isPlainASCII { return word.withUnsafeBytes { containsASCII($0, in: text) } }
        fold(text, into: &scratch)
        return scratch.withUnsafeBytes { folded in word.withUnsafeBytes { containsASCII($0, in: folded) } }
    }

    private static func containsASCII(_ word: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer) -> Bool {
        guard text.count >= word.count else { return false }
        let first = word[0]
        var at = 0
        let last = text.count - word.count
        while at <= last {
            if lower(text[at]) == first {
                var matched = 1
                while matched < word.count, lower(text[at + matched]) == word[matched] { matched += 1 }
                if matched == word.count { return true }
            }
            at += 1
        }
        return false
    }
}
