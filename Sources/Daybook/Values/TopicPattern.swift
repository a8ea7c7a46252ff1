/// A pattern of topics: `*` stands for any run of characters, also none, across dots. Nothing else is special.
public struct TopicPattern: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    private let bytes: [UInt8]

    /// - Parameter text: 1 to 256 bytes of the characters of topics and `*`; nil for all else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= Topic.maximumBytes else { return nil }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "*"):
                continue
            default: return nil
            }
        }
        self.text = text
        self.bytes = bytes
    }

    public var description: String { text }

    /// Whether it names a single topic.
    public var isLiteral: Bool { !bytes.contains(UInt8(ascii: "*")) }

    public func matches(_ topic: String) -> Bool {
        var topic = topic
        return topic.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    /// Greedy matching with one point to go back to, which is enough for `*`: no input makes it slower than pattern ×
    /// topic.
    public func matches(_ topic: UnsafeRawBufferPointer) -> Bool {
        var (at, inTopic) = (0, 0)
        var back: (pattern: Int, topic: Int)?
        while inTopic < topic.count {
            if at < bytes.count, bytes[at] == UInt8(ascii: "*") {
                at += 1
                back = (at, inTopic)
            } else if at < bytes.count, bytes[at] == topic[inTopic] {
                at += 1
                inTopic += 1
            } else if let point = back {
                back = (point.pattern, point.topic + 1)
                (at, inTopic) = (point.pattern, point.topic + 1)
            } else {
                return false
            }
        }
        return bytes[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
