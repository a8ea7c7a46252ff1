public import KafkaClient
public import Logging

extension KafkaLog {
    /// How the log uses a cluster.
    public struct Configuration: Sendable {
        /// The cluster, and librdkafka properties for every client of it.
        public var cluster: KafkaConfiguration
        /// The largest record. Streams are created so that the brokers take it. Kafka's own default is a little above
        /// the default here.
        public var maximumRecordBytes = 1_000_000
        /// How many brokers hold a copy of a stream that is created here; nil: three, or as many brokers as there are. With
        /// three or more, writes need two of them.
        public var replication: Int32?
        /// How long an append waits to be acknowledged. It is told unknown then, and sent all the same.
        public var appendTimeout: Duration = .seconds(10)
        /// How long a question to the cluster may take. Shorter than ``appendTimeout``: a write that needs an answer first
        /// then fails as one that was not sent.
        public var requestTimeout: Duration = .seconds(8)
        /// The broker aborts a transaction that is open for longer.
        public var transactionTimeout: Duration = .seconds(10)

        public init(cluster: KafkaConfiguration) {
            self.cluster = cluster
        }

        /// Reads `kafka://host:9092,host:9092?any.librdkafka.property=value&…`. A port left out is 9092. Besides librdkafka's
        /// properties there is `replication.factor`, for ``replication``.
        ///
        /// - Throws: ``LogError/refused(_:)`` that says what is wrong with the URL.
        public init(url: String, logger: Logger = Logger(label: "daybook.kafka")) throws {
            let location = try KafkaURL(url)
            var properties = location.properties
            let replication = properties.removeValue(forKey: "replication.factor")
            self.init(
                cluster: KafkaConfiguration(
                    bootstrapServers: location.servers, clientID: "daybook", properties: properties, logger: logger))
            if let replication {
                guard let number = Int32(replication), number > 0 else {
                    throw KafkaURL.refused("replication.factor=\(replication) is no number above 0")
                }
                self.replication = number
            }
        }

        /// The cluster with what one kind of client prefers, where the operator has not set it.
        func cluster(preferring preferences: [String: String]) -> KafkaConfiguration {
            var cluster = cluster
            cluster.properties.merge(preferences) { own, _ in own }
            return cluster
        }
    }
}
