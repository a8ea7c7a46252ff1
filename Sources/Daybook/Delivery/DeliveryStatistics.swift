/// What a registration's member did since it was started.
public struct DeliveryStatistics: Hashable, Sendable {
    /// Records read, and those of them that matched and that the handler wants.
    public var read = 0
    public var matched = 0
    /// Deliveries that the handler took.
    public var delivered = 0
    /// Attempts that failed.
    public var failed = 0
    /// Deliveries that moved to the retries stream, and to the dead letters.
    public var parked = 0
    public var deadLettered = 0
    /// Calls of the handler that did not end in time.
    public var timedOut = 0
    /// Why the handler is not called for now: what it depends on is down; nil when it is not.
    public var unavailable: String?

    public init() {}
}
