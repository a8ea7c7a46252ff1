/// One partition of a topic.
public struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
    public var topic: String
    public var partition: Int32

    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic) [\(partition)]" }
}

/// A place in a partition. Where to read from, also one of the symbolic ``beginning``, ``end`` and ``committed``.
public struct TopicPartitionOffset: Hashable, Sendable, CustomStringConvertible {
    public var topicPartition: TopicPartition
    public var offset: Int64

    public var topic: String { topicPartition.topic }
    public var partition: Int32 { topicPartition.partition }

    public init(_ topicPartition: TopicPartition, _ offset: Int64) {
        self.topicPartition = topicPartition
        self.offset = offset
    }

    public init(_ topic: String, _ partition: Int32, _ offset: Int64) {
        self.init(TopicPartition(topic, partition), offset)
    }

    public var description: String { "\(topicPartition)@\(offset)" }

    /// The oldest message that is still there.
    public static let beginning: Int64 = -2
    /// Behind the newest message.
    public static let end: Int64 = -1
    /// Where the group has committed.
    public static let committed: Int64 = -1000
    /// librdkafka's "none".
    static let none: Int64 = -1001
}
