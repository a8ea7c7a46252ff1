import Synchronization

/// The entries of the topic catalogue at one time, ready to be looked up.
final class TopicTable: Sendable {
    /// The most specific first.
    let listings: [TopicCatalog.Listing]
    /// Whether any of them has events looked at.
    let checksAnything: Bool
    private let literal: [String: Int]
    /// Those with wildcards.
    private let patterns: [Int]
    /// What was looked up before; -1 for topics without an entry. Bounded, since publishers make topics up.
    private let known = Mutex<[String: Int]>([:])

    /// - Parameter listings: at most one for a pattern.
    init(_ listings: [TopicCatalog.Listing]) {
        self.listings = listings.sorted { Self.precedes($0.entry.pattern, $1.entry.pattern) }
        checksAnything = listings.contains(where: \.entry.checksAnything)
        var literal: [String: Int] = [:]
        var patterns: [Int] = []
        for (at, listing) in self.listings.enumerated() {
            if listing.entry.pattern.isLiteral {
                literal[listing.entry.pattern.text] = at
            } else {
                patterns.append(at)
            }
        }
        self.literal = literal
        self.patterns = patterns
    }

    /// The most specific entry that matches.
    func listing(of topic: String) -> TopicCatalog.Listing? {
        let at =
            known.withLock { known in
                if let at = known[topic] { return at }
                let at = literal[topic] ?? patterns.first { listings[$0].entry.pattern.matches(topic) } ?? -1
                if known.count >= 10_000 { known.removeAll(keepingCapacity: true) }
                known[topic] = at
                return at
            }
        return at < 0 ? nil : listings[at]
    }

    /// A topic comes before a pattern; of patterns the one with more characters besides `*`, then the one with fewer
    /// `*`, then by text, so that all servers agree.
    private static func precedes(_ a: TopicPattern, _ b: TopicPattern) -> Bool {
        func rank(_ pattern: TopicPattern) -> (Int, Int, Int) {
            let wildcards = pattern.text.utf8.count { $0 == UInt8(ascii: "*") }
            return (pattern.isLiteral ? 0 : 1, wildcards - pattern.text.utf8.count, wildcards)
        }
        let (first, second) = (rank(a), rank(b))
        return first == second ? a.text < b.text : first < second
    }
}
