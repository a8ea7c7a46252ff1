import Daybook

/// The text condition of a query: every word must be part of topic, project, user or description.
struct TextMatch {
    static let maximumWords = 32

    private let words: [[UInt8]]
    private let allWords: UInt32
    private var scratch: [UInt8] = []
    private var topics = Memo()
    private var projects = Memo()
    private var users = Memo()

    /// Which words the values of a facet hold, worked out once for each value.
    private struct Memo {
        /// Values beyond this number are worked out each time.
        static let maximumCount = 1 << 16
        var generation = -1
        /// By number; bit 32 tells that it was worked out.
        var words: [UInt64] = []
    }

    /// Nil when the text has no words.
    ///
    /// - Throws: ``QueryError/tooManyWords``.
    init?(_ text: String) throws(QueryError) {
        var words: [[UInt8]] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            var word = String(word)
            var folded: [UInt8] = []
            word.withUTF8 { CaseFolding.fold(UnsafeRawBufferPointer($0), into: &folded) }
            if !words.contains(folded) { words.append(folded) }
        }
        guard !words.isEmpty else { return nil }
        guard words.count <= Self.maximumWords else { throw .tooManyWords }
        self.words = words
        allWords = UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(words.count)) - 1)
    }

    mutating func matches(_ row: UnsafePointer<Row>, _ state: borrowing IndexState) -> Bool {
        var found = Self.words(of: row.pointee.topic, in: state.topics, &topics, words, &scratch)
        if found == allWords { return true }
        found |= Self.words(of: row.pointee.project, in: state.projects, &projects, words, &scratch)
        found |= Self.words(of: row.pointee.user, in: state.users, &users, words, &scratch)
        if found == allWords { return true }
        guard row.pointee.text != TextArena.none else { return false }
        let description = TextBlock(state.texts[row.pointee.text]).description
        for at in words.indices where found & 1 << UInt32(at) == 0 {
            guard CaseFolding.contains(words[at], in: description, scratch: &scratch) else { return false }
        }
        return true
    }

    private static func words(
        of number: UInt32, in facet: borrowing Facet, _ memo: inout Memo, _ words: [[UInt8]], _ scratch: inout [UInt8]
    ) -> UInt32 {
        guard number != Facet.none, let value = facet[number] else { return 0 }
        if memo.generation != facet.generation {
            memo.generation = facet.generation
            memo.words = Array(repeating: 0, count: min(facet.numberEnd, Memo.maximumCount))
        }
        let isKept = Int(number) < memo.words.count
        if isKept, memo.words[Int(number)] >> 32 != 0 { return UInt32(truncatingIfNeeded: memo.words[Int(number)]) }
        var found: UInt32 = 0
        for at in words.indices where CaseFolding.contains(words[at], in: value, scratch: &scratch) {
            found |= 1 << UInt32(at)
        }
        if isKept { memo.words[Int(number)] = 1 << 32 | UInt64(found) }
        return found
    }
}
