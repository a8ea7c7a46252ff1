/// Where and when the broker stored a message.
public struct DeliveryReport: Hashable, Sendable {
    public var offset: Int64
    /// Milliseconds since 1970: the broker's time on a topic with LogAppendTime, else the message's own.
    public var timestamp: Int64

    public init(offset: Int64, timestamp: Int64) {
        self.offset = offset
        self.timestamp = timestamp
    }
}
