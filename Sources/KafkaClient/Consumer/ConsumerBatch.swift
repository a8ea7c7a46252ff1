/// What ``KafkaConsumer/next(max:)`` has found. Handle `messages` first, then the rest.
public struct ConsumerBatch: Sendable {
    /// In the order of each partition.
    public var messages: [IncomingMessage] = []
    /// Partitions that were read to their end, with the offset that comes next: it is past anything that no message
    /// shows (the ends of transactions, aborted and compacted messages). Told again each time new messages were read.
    public var ends: [TopicPartitionOffset] = []
    /// Partitions that cannot be read, and what else went wrong.
    public var failures: [ConsumerFailure] = []
    /// The group gave partitions or takes them. The next call of ``KafkaConsumer/next(max:)`` agrees to it.
    public var rebalances: [Rebalance] = []

    var isEmpty: Bool { messages.isEmpty && ends.isEmpty && failures.isEmpty && rebalances.isEmpty }
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
