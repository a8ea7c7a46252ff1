/// An endless stream of broken documents, the same for the same seed.
public struct Mutations {
    private var random: SplitMix
    private let seeds: [[UInt8]]
    private let pieces: [[UInt8]]

    public init(seed: UInt64) {
        random = SplitMix(state: seed)
        seeds = soundDocuments.map { Array($0.utf8) } + hostileDocuments().map { Array($0.text.utf8.prefix(2_000)) }
        pieces = [
            "{", "}", "(", ")", "[", "]", "...", "$", "@", "!", ":", "=", "|", "&", "\"", "\"\"\"", "\\u{1F600}",
            "\\uD83D",
            "\\", "on", "fragment F on Query", "query", "null", "-", "1e", "0", "99999999999999999999", "1e9999", "#",
            "\r",
            "\u{FEFF}", "\u{0}", "\u{1F600}", "type", "extend", "...F", "@skip(if:true)", "$v", "__typename",
            "__schema",
        ].map { Array($0.utf8) }
    }

    /// Begins anew, as one made with this seed.
    public mutating func restart(seed: UInt64) {
        random = SplitMix(state: seed)
    }

    /// A sound or hostile document with up to eight changes; valid UTF-8, as a request's text always is.
    public mutating func next() -> String {
        // Every other one is sound at first and changed little, so that some are executed.
        let isSound = Bool.random(using: &random)
        var text = seeds[Int.random(in: 0..<(isSound ? soundDocuments.count : seeds.count), using: &random)]
        for _ in 0..<Int.random(in: 1...(isSound ? 2 : 8), using: &random) { change(&text) }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func change(_ text: inout [UInt8]) {
        let at = Int.random(in: 0...text.count, using: &random)
        let end = min(text.count, at + Int.random(in: 0...12, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: text.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: at)
        case 1: text.removeSubrange(at..<end)
        case 2: text.insert(contentsOf: Array(text[at..<end]), at: Int.random(in: 0...text.count, using: &random))
        case 3:
            if at < text.count { text[at] = UInt8.random(in: 0...255, using: &random) }
        case 4:
            if at < text.count { text[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        default:
            let other = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            let start = Int.random(in: 0...other.count, using: &random)
            text.insert(contentsOf: other[start..<min(other.count, start + 60)], at: at)
        }
    }
}

/// Steele, Lea and Flood's generator: small, and the same on every platform.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// Documents that ``librarySchema(limits:)`` executes.
private let soundDocuments = [
    "{ person { id name(upper: true) friends { ... on Named { id } } } }",
    """
    query Books($id: ID! = "b1", $first: Int! = 2) @note(text: "all") {
      a: book(id: $id) { ...Parts related(first: $first) { ...Parts @skip(if: false) } }
      b: node(id: "p1") { __typename id ... on Book { title } ... on Person { name } }
    }
    fragment Parts on Book { id title pages kind tags author { id books { title } } }
    """,
    """
    { echo(any: {a: [1, 2.5, "x", null, NAME]}, matrix: [[1, 2], [3]], ratio: 1e3, kind: POETRY, range: {from: 1})
      shelf(filter: {text: \"\"\"block
        text\"\"\", not: {kinds: [NOVEL], limit: 3}}) { books { broken sometimes } strict { brokenHard } mixed anything } }
    """,
    #"mutation Rename { rename(id: "p1", name: "\u00e9\ud83d\ude00") { id name } add(book: {title: "", kind: ESSAY, range: {from: 1}}) { id } }"#,
    "{ __schema { types { kind name fields(includeDeprecated: true) { name args { name defaultValue type { name } } } } } }",
    #"{ later(id: "b2") { ... on Book { authorLater { name } sometimes } } search(text: "e", first: 3) { __typename ... on Work { ... on Book { title } } } }"#,
]
