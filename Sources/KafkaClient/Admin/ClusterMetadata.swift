/// What a cluster says about itself.
public struct ClusterMetadata: Sendable {
    public struct Broker: Sendable, Hashable {
        public var id: Int32
        public var host: String
        public var port: Int32
    }

    public struct Topic: Sendable {
        public var name: String
        public var partitions: Int32
        /// How many copies the first partition has.
        public var replication: Int
        /// How many partitions nobody can write to now.
        public var partitionsWithoutLeader: Int
        /// Why the topic cannot be used now.
        public var error: KafkaError?
    }

    /// nil: the cluster did not tell.
    public var clusterID: String?
    /// The broker that takes changes to topics. nil: the cluster did not tell.
    public var controller: Int32?
    public var brokers: [Broker]
    public var topics: [Topic]
}
