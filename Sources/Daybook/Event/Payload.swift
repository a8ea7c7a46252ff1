/// What an event carries besides its attributes: opaque bytes, never parsed on the way, and what they are.
public struct Payload: Hashable, Sendable {
    public static let json = "application/json"
    /// Of foreign bytes that nothing is said about.
    static let unknown = "application/octet-stream"

    /// A media type; `application/json` unless said otherwise.
    public var contentType: String
    /// May be empty, which is not the same as no payload at all.
    public var bytes: [UInt8]

    public init(contentType: String = Payload.json, bytes: [UInt8]) {
        self.contentType = contentType
        self.bytes = bytes
    }

    /// Whether the content type names JSON (`application/json`, or `…+json`), parameters aside.
    public var isJSON: Bool {
        // What most are, and the rest is slow.
        if contentType == Payload.json { return true }
        let type = contentType.prefix { $0 != ";" }.lowercased()
        let trimmed = type.filter { $0 != " " }
        return trimmed == Payload.json || trimmed.hasSuffix("+json")
    }
}
