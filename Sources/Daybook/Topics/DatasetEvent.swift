import LosslessJSON

/// Makes an event of kind `dataset`: a row of values under names that its topic declares.
///
///     try await publisher.publish(DatasetEvent("ssh.login", ["user": "ann", "port": 22], sender: "gate"))
public struct DatasetEvent: EventBuilder, Sendable {
    public var topic: String
    /// In the order of the topic's fields, though any order is taken; `timestamp` is no part of them.
    public var values: KeyValuePairs<String, DatasetValue>
    /// When it happened.
    public var timestamp: Timestamp
    public var sender: String?
    public var severity: Severity
    /// One line; empty: ``EventText/summaryText(_:)`` lists the values.
    public var summary: String

    /// - Parameter timestamp: when it happened; nil: now.
    public init(
        _ topic: String, _ values: KeyValuePairs<String, DatasetValue>, timestamp: Timestamp? = nil,
        sender: String? = nil, severity: Severity = .informational, summary: String = ""
    ) {
        self.topic = topic
        self.values = values
        self.timestamp = timestamp ?? .now
        self.sender = sender
        self.severity = severity
        self.summary = summary
    }

    /// The payload is `timestamp` and the values. Whether these are the topic's fields is checked when it is published.
    public var event: Event {
        var json = JSONWriter(capacity: 128)
        json.beginObject()
        json.key(escaping: DatasetField.timestamp.name)
        json.string(timestamp.description)
        for (name, value) in values {
            json.key(escaping: name)
            value.write(to: &json)
        }
        json.endObject()
        return Event(
            topic: topic, sender: sender, description: summary, payload: Payload(bytes: json.bytes),
            createdAt: timestamp, severity: severity, kind: .dataset)
    }
}
