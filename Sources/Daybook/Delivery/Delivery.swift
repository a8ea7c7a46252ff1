/// A record as it is handed to a handler.
public struct Delivery: Sendable, Hashable {
    public var entry: HistoryEntry
    /// 1 when it is handed over for the first time, as far as is known: after a crash it counts from 1 again.
    public var attempt: Int
    /// The name of the registration that delivers it.
    public var registration: String

    public init(_ entry: HistoryEntry, attempt: Int = 1, registration: String = "") {
        self.entry = entry
        self.attempt = attempt
        self.registration = registration
    }

    public var event: Event { entry.record.event }
}
