public import LosslessJSON

/// One attempt to send a delivery somewhere, and what came of it.
public struct DeliveryAttempt: Hashable, Sendable {
    /// The name of the registration.
    public var registration: String
    /// Of the record that was sent.
    public var position: Position
    public var event: EventID
    public var topic: String
    /// What the receiver knows it by: the same for each attempt.
    public var message: String
    /// When it was sent.
    public var time: Timestamp
    public var duration: Duration
    /// The answer's status; nil when there was none.
    public var status: Int?
    /// Nil when it was taken.
    public var error: String?

    public init(
        _ delivery: Delivery, message: String, time: Timestamp, duration: Duration, status: Int?, error: String?
    ) {
        registration = delivery.registration
        position = delivery.entry.position
        event = delivery.event.id
        topic = delivery.event.topic
        self.message = message
        self.time = time
        self.duration = duration
        self.status = status
        self.error = error
    }
}

/// As its record keeps it: `{"registration", "position", "event", "topic", "message", "time", "seconds", "status", "error"}`.
extension DeliveryAttempt {
    private static let maximumErrorBytes = 512

    func json(of registration: EventID) -> JSONText {
        var json = JSONWriter()
        json.beginObject()
        json.key("registration")
        json.string(registration.description)
        json.key("position")
        json.string(position.description)
        json.key("event")
        json.string(event.description)
        json.key("topic")
        json.string(topic)
        json.key("message")
        json.string(message)
        writeOutcome(to: &json)
        json.endObject()
        return JSONText(trusting: json.bytes)
    }

    /// `time`, `seconds`, `status` and `error`, the last two null when there is none.
    public func writeOutcome(to json: inout JSONWriter) {
        json.key("time")
        json.string(time.description)
        json.key("seconds")
        json.double(duration / .seconds(1))
        json.key("status")
        if let status { json.int(status) } else { json.null() }
        json.key("error")
        if let error { json.string(String(error.truncated(toBytes: Self.maximumErrorBytes))) } else { json.null() }
    }

    /// Nil for a record that is none: the stream is open to others.
    init?(_ members: JSONMembers) {
        func text(_ name: String) -> String? { members[name]?.stringValue }
        guard let position = text("position").flatMap({ Position($0) }),
            let event = text("event").flatMap({ EventID($0) }), let topic = text("topic"),
            let message = text("message"), let time = text("time").flatMap({ Timestamp($0) }),
            let seconds = members["seconds"]?.doubleValue, (0...86_400).contains(seconds)
        else { return nil }
        registration = ""
        self.position = position
        self.event = event
        self.topic = topic
        self.message = message
        self.time = time
        duration = .seconds(seconds)
        status = members["status"]?.int64Value.map { Int($0) }
        error = text("error")
    }
}
