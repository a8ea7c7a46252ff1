/// Why the fold passed over a record. The classes are few, so that they can be labels of a metric; what exactly is wrong
/// with a record is said by `RecordDecoder`.
public enum InvalidReason: String, Error, Sendable, Hashable, CaseIterable {
    /// The block of headers is cut off or otherwise not well formed.
    case malformed
    /// No CloudEvent: `ce_specversion`, `ce_id` or `ce_source` is missing.
    case notCloudEvent = "not_cloudevent"
    /// `ce_type` is no topic.
    case topic
    /// `ce_eventid` or `ce_op` is not what Daybook writes.
    case identity
    /// A text is no UTF-8, or has NUL in it.
    case text
    /// A number, time, id, position or enumeration cannot be read, or is out of range.
    case value
    /// A JSON attribute is no JSON, or no object.
    case json
    /// Structured mode, and no CloudEvent in JSON.
    case structured
}
