/// What ``KafkaConsumer/next(max:)`` has found. Handle `messages` first, then the rest.
public struct ConsumerBatch: Sendable {
    /// In the order of each partition.
    public var messages: [IncomingMessage] = []
    /// How far the partitions have come that moved: past the messages, and past what no message shows (the ends of
    /// transactions, aborted and compacted messages).
    public var progress: [PartitionProgress] = []
    /// Partitions that cannot be read, and what else went wrong.
    public var failures: [ConsumerFailure] = []
    /// The group gave partitions or takes them. The next call of ``KafkaConsumer/next(max:)`` agrees to it.
    public var rebalances: [Rebalance] = []

    var isEmpty: Bool { messages.isEmpty && progress.isEmpty && failures.isEmpty && rebalances.isEmpty }
}

/// How far a partition was read.
public struct PartitionProgress: Sendable, Hashable {
    public var topicPartition: TopicPartition
    /// The offset that comes next.
    public var position: Int64
    /// Behind the last message that the broker has, as far as is known. Open transactions may still hide some.
    public var end: Int64
    /// Everything that may be seen has been. Told once each time the end is reached, though it may come up to
    /// `fetch.wait.max.ms` later than the last message.
    public var isAtEnd: Bool
}

/// Why a partition, or all, cannot be read now.
public struct ConsumerFailure: Sendable {
    /// nil: it concerns the whole consumer.
    public var topicPartition: TopicPartition?
    public var error: KafkaError

    /// The position has left the log by retention or deletion, or is past its end, and the consumer was told not to
    /// jump (``KafkaConsumer/Options/withoutPosition``). The partition is not read any further until it is assigned anew.
    public var isOutOfRange: Bool { error.code == .autoOffsetReset || error.code == .offsetOutOfRange }
}

/// A change of who reads what in a group.
public enum Rebalance: Sendable, Hashable {
    /// These partitions are read from the next call of ``KafkaConsumer/next(max:)`` on, from where the group committed;
    /// ``KafkaConsumer/start(at:)`` before that call chooses other places.
    case assigned([TopicPartition])
    /// These partitions go to somebody else with the next call of ``KafkaConsumer/next(max:)``: commit before it.
    /// - lost: somebody else may have them already, and a commit is refused.
    case revoked([TopicPartition], lost: Bool)
}
