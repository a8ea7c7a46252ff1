/// A pattern of texts: `*` stands for any run of characters, also none. Nothing else is special.
public struct WildcardPattern: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    private let bytes: [UInt8]

    public init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    public var description: String { text }

    /// Whether it matches a single text only.
    public var isLiteral: Bool { !bytes.contains(UInt8(ascii: "*")) }

    /// What every text that it matches begins with.
    public var prefix: ArraySlice<UInt8> { bytes.prefix { $0 != UInt8(ascii: "*") } }

    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    public func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBytes { Self.matches(text, pattern: $0) }
    }

    /// Greedy matching with one point to go back to, which is enough for `*`: no input makes it slower than pattern ×
    /// text.
    static func matches(_ text: UnsafeRawBufferPointer, pattern bytes: UnsafeRawBufferPointer) -> Bool {
        var (at, inText) = (0, 0)
        var back: (pattern: Int, text: Int)?
        while inText < text.count {
            if at < bytes.count, bytes[at] == UInt8(ascii: "*") {
                at += 1
                back = (at, inText)
            } else if at < bytes.count, bytes[at] == text[inText] {
                at += 1
                inText += 1
            } else if let point = back {
                back = (point.pattern, point.text + 1)
                (at, inText) = (point.pattern, point.text + 1)
            } else {
                return false
            }
        }
        return bytes[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
