public import LosslessJSON

/// Something that makes an event of kind `standard`: one line for people, and a free payload.
///
/// ``NoticeEvent``, ``WarningEvent`` and ``ErrorEvent`` are the three there are, by severity.
public protocol StandardEvent: EventBuilder, Sendable {
    static var severity: Severity { get }

    var topic: String { get set }
    /// One line: the event's description.
    var summary: String { get set }
    var sender: String? { get set }
    /// Usually an object.
    var payload: JSONText? { get set }
}

extension StandardEvent {
    public var event: Event {
        Event(
            topic: topic, sender: sender, description: summary, payload: payload.map { Payload(bytes: $0.bytes) },
            severity: Self.severity)
    }
}
