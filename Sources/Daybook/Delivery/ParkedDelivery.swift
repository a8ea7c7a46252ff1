/// A delivery that was put aside, with the record it delivers: in the retries stream to be tried later, in the
/// dead-letters stream because it was given up.
///
/// Both streams are compacted; the key is `<registration id>/<stream>:<partition>/<offset>`, so that whoever looks sees
/// the last state of each. A record without a value ends it.
///
/// The record's own headers and value are kept, so kcat shows the event; what is known of the delivery is in headers
/// beside them:
///
/// | header | value |
/// | --- | --- |
/// | `daybook-registration` | the registration's id |
/// | `daybook-position` | where the record lies in its stream |
/// | `daybook-logtime` | its log time, RFC 3339 |
/// | `daybook-key` | its key, as it is |
/// | `daybook-attempts` | how often it was tried |
/// | `daybook-firstfailure`, `daybook-lastfailure` | when, RFC 3339 |
/// | `daybook-notbefore` | when it is tried next, RFC 3339 |
/// | `daybook-error` | why it failed last, at most 2048 bytes |
/// | `daybook-redriven` | `true` while it waits after it was taken out of the dead letters |
/// | `daybook-novalue` | `true` when the record has no value (which here would mean an end) |
public struct ParkedDelivery: Hashable, Sendable {
    public var registration: EventID
    public var position: Position
    public var logTime: Timestamp
    public var attempts: Int
    public var firstFailure: Timestamp?
    public var lastFailure: Timestamp?
    public var notBefore: Timestamp
    public var error: String
    /// Somebody took it out of the dead letters, and it was not tried since.
    public var isRedriven = false
    /// As it lies in its own stream.
    public var record: Record

    public init(
        registration: EventID, position: Position, logTime: Timestamp, attempts: Int = 0,
        firstFailure: Timestamp? = nil, lastFailure: Timestamp? = nil, notBefore: Timestamp, error: String = "",
        record: Record
    ) {
        self.registration = registration
        self.position = position
        self.logTime = logTime
        self.attempts = attempts
        self.firstFailure = firstFailure
        self.lastFailure = lastFailure
        self.notBefore = notBefore
        self.error = error
        self.record = record
    }

    var key: [UInt8] { Self.key(registration, position) }

    static func key(_ registration: EventID, _ position: Position) -> [UInt8] {
        Array("\(registration)/\(position.partition)/\(position.offset)".utf8)
    }
}
