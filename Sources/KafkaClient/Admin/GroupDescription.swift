/// A consumer group as the cluster sees it.
public struct GroupDescription: Sendable, Hashable {
    public enum State: String, Sendable {
        case unknown
        case preparingRebalance
        case completingRebalance
        case stable
        /// It does not exist, or is being deleted.
        case dead
        /// It has positions, but no members.
        case empty
    }

    public struct Member: Sendable, Hashable {
        public var id: String
        public var clientID: String
        public var host: String
        public var partitions: [TopicPartition]
    }

    public var id: String
    public var state: State
    public var members: [Member]
}
