/// The rules of topics: 1 to 256 bytes of segments `[A-Za-z0-9_-]+` joined by dots.
public enum Topic {
    public static let maximumBytes = 256

    /// The rule in words, for messages.
    public static let rule = "1 to 256 letters, digits, '_' and '-' in segments joined by dots"

    /// Whether a text is a topic.
    public static func isValid(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isValid(UnsafeRawBufferPointer($0)) }
    }

    public static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty, bytes.count <= maximumBytes else { return false }
        var segmentIsEmpty = true
        for byte in bytes {
            // Nearly all are small letters.
            if byte &- UInt8(ascii: "a") < 26 {
                segmentIsEmpty = false
                continue
            }
            switch byte {
            case UInt8(ascii: "."):
                if segmentIsEmpty { return false }
                segmentIsEmpty = true
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                segmentIsEmpty = false
            default: return false
            }
        }
        return !segmentIsEmpty
    }

    /// The first segment: what the default stream rule maps by.
    public static func family(of topic: String) -> String {
        topic.utf8.firstIndex(of: UInt8(ascii: ".")).map { String(topic[..<$0]) } ?? topic
    }
}
