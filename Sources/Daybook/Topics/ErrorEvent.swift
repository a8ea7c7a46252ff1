public import LosslessJSON

/// Something that went wrong: an event of severity `error`.
public struct ErrorEvent: StandardEvent, Hashable {
    public static let severity = Severity.error

    public var topic: String
    public var summary: String
    public var sender: String?
    public var payload: JSONText?

    public init(_ topic: String, _ summary: String, sender: String? = nil, payload: JSONText? = nil) {
        self.topic = topic
        self.summary = summary
        self.sender = sender
        self.payload = payload
    }
}
