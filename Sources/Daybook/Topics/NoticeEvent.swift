public import LosslessJSON

/// Something worth knowing: an event of severity `informational`.
public struct NoticeEvent: StandardEvent, Hashable {
    public static let severity = Severity.informational

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
