extension KafkaConsumer {
    /// How a consumer reads. Everything else can be set as a raw property of ``KafkaConfiguration``.
    public struct Options: Sendable {
        /// Which messages are shown.
        public enum Isolation: String, Sendable {
            /// Only those of committed transactions, and up to the first transaction that is still open.
            case readCommitted = "read_committed"
            /// All.
            case readUncommitted = "read_uncommitted"
        }

        /// What to do about a partition without a position, or whose position is not in the log.
        public enum WithoutPosition: String, Sendable {
            /// Say so (``ConsumerFailure/isOutOfRange``) and do not read it.
            case fail = "error"
            case readFromBeginning = "earliest"
            case readFromEnd = "latest"
        }

        /// The group whose positions are used and whose membership is sought; nil for a reader on its own.
        public var groupID: String?
        /// A member that comes back under this name within `sessionTimeout` gets its partitions without a rebalance.
        public var groupInstanceID: String?
        public var isolation: Isolation = .readCommitted
        public var withoutPosition: WithoutPosition = .fail
        /// A member that is not heard of for so long has lost its partitions.
        public var sessionTimeout: Duration = .seconds(6)
        /// A member that asks for no messages for so long has lost its partitions.
        public var maxPollInterval: Duration = .seconds(300)
        /// How many bytes are fetched ahead; for them the memory is spent even if nobody reads.
        public var fetchAhead: Int = 32 << 20

        public init(groupID: String? = nil) {
            self.groupID = groupID
        }

        var defaults: [String: String] {
            [
                "queued.max.messages.kbytes": String(max(1, fetchAhead >> 10)),
                // Bytes are the limit; at this number of messages librdkafka 2.0.2 would stop fetching for up to a
                // second.
                "queued.min.messages": "10000000",
                "fetch.error.backoff.ms": "50",
                "heartbeat.interval.ms": String(max(1, sessionTimeout.milliseconds / 3)),
                // Cooperative rebalancing loops and loses commits in 2.0.2 (fixed in 2.6.1, 2.10.0).
                "partition.assignment.strategy": "range",
            ]
        }

        /// - Parameter instance: tells readers without a group apart.
        func required(instance: String) -> [String: String] {
            var properties = [
                // librdkafka cannot assign without one. Nothing is ever committed to it.
                "group.id": groupID ?? "none-\(instance)",
                "isolation.level": isolation.rawValue,
                "auto.offset.reset": withoutPosition.rawValue,
                "session.timeout.ms": String(sessionTimeout.milliseconds),
                "max.poll.interval.ms": String(max(maxPollInterval, sessionTimeout).milliseconds),
                "enable.partition.eof": "true",
                // A position is committed when the work is done, which only the caller knows.
                "enable.auto.commit": "false",
                "enable.auto.offset.store": "false",
            ]
            properties["group.instance.id"] = groupInstanceID
            return properties
        }
    }
}
