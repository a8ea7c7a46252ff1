/// A message to be stored in one partition, chosen by the caller.
public struct OutgoingMessage: Sendable {
    public var topic: String
    public var partition: Int32
    /// Null and empty differ.
    public var key: [UInt8]?
    /// Null (a tombstone in a compacted topic) and empty differ.
    public var value: [UInt8]?
    /// As ``PackedHeaders`` describes.
    public var headers: [UInt8]
    /// Milliseconds since 1970; nil is now. A topic with `message.timestamp.type=LogAppendTime` overrules it.
    public var timestamp: Int64?

    public init(
        topic: String, partition: Int32, key: [UInt8]? = nil, value: [UInt8]?, headers: [UInt8] = [],
        timestamp: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
    }
}
