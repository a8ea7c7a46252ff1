/// A message as it was stored.
public struct IncomingMessage: Sendable {
    public var topic: String
    public var partition: Int32
    public var offset: Int64
    /// Milliseconds since 1970, or -1 if the message has none.
    public var timestamp: Int64
    public var timestampType: TimestampType
    /// Null and empty differ.
    public var key: [UInt8]?
    /// Null (a tombstone in a compacted topic) and empty differ.
    public var value: [UInt8]?
    /// As ``PackedHeaders`` describes.
    public var headers: [UInt8]

    /// Whose clock a timestamp is from.
    public enum TimestampType: UInt8, Sendable {
        case none
        /// The producer's.
        case createTime
        /// The broker's, at the moment it stored the message.
        case logAppendTime
    }
}
