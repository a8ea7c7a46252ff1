/// A topic to be created.
public struct NewTopic: Sendable {
    public var name: String
    public var partitions: Int32
    /// Copies of each partition; nil is the cluster's default.
    public var replication: Int32?
    /// Topic configuration, such as `cleanup.policy`, where it differs from the cluster's.
    public var configuration: [String: String]

    public init(name: String, partitions: Int32, replication: Int32? = nil, configuration: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.configuration = configuration
    }
}

/// One property of a topic.
public struct TopicProperty: Sendable, Hashable {
    public var name: String
    /// nil: secret, or not set.
    public var value: String?
    /// It was set for this topic; else it is the cluster's or Kafka's default.
    public var isOwn: Bool
}
