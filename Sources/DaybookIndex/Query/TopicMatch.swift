import Daybook

/// The topic condition of a query, worked out once for each topic.
struct TopicMatch {
    /// With more topics than this in the index, topics are matched as they come instead of all beforehand.
    private static let maximumEager = 1024

    private let patterns: [TopicPattern]
    private let excluded: [TopicPattern]
    private let areLiteral: Bool
    private var generation = -1
    /// By number: 0 not yet known, 1 no, 2 yes.
    private var known: [UInt8] = []

    /// Nil when there is no condition.
    ///
    /// - Parameters:
    ///   - patterns: empty for all topics.
    ///   - excluded: what is left out of them.
    init?(_ patterns: [TopicPattern], excluding excluded: [TopicPattern] = []) {
        guard !patterns.isEmpty || !excluded.isEmpty else { return nil }
        self.patterns = patterns
        self.excluded = excluded
        areLiteral = excluded.isEmpty && patterns.allSatisfy(\.isLiteral)
    }

    private func isMatch(_ topic: UnsafeRawBufferPointer) -> Bool {
        (patterns.isEmpty || patterns.contains { $0.matches(topic) }) && !excluded.contains { $0.matches(topic) }
    }

    /// The numbers of all topics that match; nil when there are too many topics to tell beforehand.
    func numbers(in facet: borrowing Facet) -> [UInt32]? {
        if areLiteral {
            return patterns.compactMap { pattern in
                var text = pattern.text
                return text.withUTF8 { facet.find(UnsafeRawBufferPointer($0)) }
            }
        }
        guard facet.count <= Self.maximumEager else { return nil }
        var numbers: [UInt32] = []
        facet.forEach { number, topic in
            if isMatch(topic) { numbers.append(number) }
        }
        return numbers
    }

    mutating func matches(_ number: UInt32, in facet: borrowing Facet) -> Bool {
        if generation != facet.generation {
            generation = facet.generation
            known = Array(repeating: 0, count: facet.numberEnd)
        }
        if known[Int(number)] == 0 {
            let isMatch = facet[number].map(isMatch) ?? false
            known[Int(number)] = isMatch ? 2 : 1
        }
        return known[Int(number)] == 2
    }
}
