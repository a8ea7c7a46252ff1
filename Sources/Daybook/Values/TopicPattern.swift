/// A pattern of topics: `*` stands for any run of characters, also none, across dots. Nothing else is special.
public struct TopicPattern: Hashable, Sendable, CustomStringConvertible {
    /// The same for any text.
    public let wildcard: WildcardPattern

    /// - Parameter text: 1 to 256 bytes of the characters of topics and `*`; nil for all else.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Topic.maximumBytes else { return nil }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "*"):
                continue
            default: return nil
            }
        }
        wildcard = WildcardPattern(text)
    }

    public var text: String { wildcard.text }
    public var description: String { text }

    /// Whether it names a single topic.
    public var isLiteral: Bool { wildcard.isLiteral }

    public func matches(_ topic: String) -> Bool { wildcard.matches(topic) }
    public func matches(_ topic: UnsafeRawBufferPointer) -> Bool { wildcard.matches(topic) }
}
