/// What a webhook's body is.
public enum WebhookFormat: String, Hashable, Sendable, CaseIterable {
    /// One CloudEvent 1.0 in JSON (`application/cloudevents+json`): the attributes and extensions that the record has
    /// in the log, the payload as `data` or `data_base64`.
    case cloudEvents
    /// One object as replays write it (`application/json`): `position`, `time`, `change`, `actor` and the event's own
    /// attributes.
    case daybook
}
