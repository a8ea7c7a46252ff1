/// Steele, Lea and Flood's generator, with what makers of inputs need besides.
struct FuzzRandom: RandomNumberGenerator {
    private var state: UInt64

    /// - Parameter number: of the input: each has its own stream, so that one can be made without those before it.
    init(seed: UInt64, name: String, number: Int) {
        // FNV-1a.
        let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        state = seed &* 0x9E37_79B9_7F4A_7C15 ^ hash ^ UInt64(truncatingIfNeeded: number) &* 0xD1B5_4A32_D192_ED03
        _ = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }

    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

    /// One of several, of which there has to be one.
    mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
        choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }

    /// A text of some characters that decoders stumble over.
    mutating func text(maximum: Int = 12) -> String {
        var text = ""
        for _ in 0..<below(maximum + 1) { text.unicodeScalars.append(scalar()) }
        return text
    }

    /// A word of letters and digits.
    mutating func word(maximum: Int = 8) -> String {
        String((0...below(maximum)).map { _ in pick(Self.letters) })
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCXYZ0189_")
    private static let strange: [Unicode.Scalar] = [
        "\"", "\\", "/", "\n", "\r", "\t", "\u{1}", "\u{1F}", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{2028}",
        "\u{FEFF}", "\u{FFFD}", "\u{FFFF}", "\u{10000}", "\u{1F600}", "\u{10FFFF}",
        "e\u{301}".unicodeScalars.last ?? "e", "%",
        "*", "'", "{", "}", "[", "]", ":", ",", "@", ";", " ",
    ]

    private mutating func scalar() -> Unicode.Scalar {
        if oneIn(3) { return pick(Self.strange) }
        return Unicode.Scalar(UInt8(0x20 + below(0x5F)))
    }
}
