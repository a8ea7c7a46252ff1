import CRdKafka
import Dispatch

/// A cluster inside this process, for tests: librdkafka's own mock. Clients reach it over loopback.
///
/// It keeps messages, speaks the group protocol and can be made to fail. It cannot do what a broker does besides:
/// transactions have no effect (aborted messages are shown), nothing is fenced, there is no look-up by time, no
/// compaction, no retention and no administration. Topics appear when they are first named. Close the clients first.
public final class MockCluster: Sendable {
    private let host: ClientHandle
    private let cluster: NativePointer
    private var raw: OpaquePointer { cluster.raw }

    /// Addresses for ``KafkaConfiguration/bootstrapServers``.
    public let bootstrapServers: [String]

    /// Starts `brokers` brokers, numbered from 1.
    public init(brokers: Int32 = 1) throws {
        let native = NativeConfiguration()
        try native.set("client.id", "mock", operation: "start a mock cluster")
        host = try ClientHandle(RD_KAFKA_PRODUCER, native, name: "mock cluster")
        let cluster = try host.use("start a mock cluster") { client in
            guard let cluster = withSignalsBlocked({ rd_kafka_mock_cluster_new(client, brokers) }) else {
                throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, operation: "start a mock cluster")
            }
            return cluster
        }
        self.cluster = NativePointer(cluster)
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster)).split(separator: ",")
            .map(String.init)
    }

    deinit {
        let (cluster, host) = (self.cluster, self.host)
        DispatchQueue(label: "kafka.mock").async {
            rd_kafka_mock_cluster_destroy(cluster.raw)
            host.destroy()
        }
    }

    /// A configuration for a client of this cluster. Consumers of it want a short `fetch.wait.max.ms`: an empty fetch
    /// is held for the whole of it here, and new messages are not shown before.
    public func configuration(_ properties: [String: String] = [:]) -> KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: bootstrapServers, properties: properties)
    }

    public func createTopic(_ name: String, partitions: Int32, replication: Int32 = 1) throws {
        try KafkaError.check(rd_kafka_mock_topic_create(raw, name, partitions, replication), "create topic \(name)")
    }

    /// The next requests of this kind, from any client to any broker, are answered with these errors, one each.
    public func failNext(_ request: Request, with codes: [KafkaError.Code]) {
        let errors = codes.map(\.native)
        rd_kafka_mock_push_request_errors_array(raw, request.rawValue, errors.count, errors)
    }

    /// The next request of this kind to this broker is answered with `code`, or rightly if that is nil, and late.
    public func failNext(
        _ request: Request, at broker: Int32, with code: KafkaError.Code?, after delay: Duration
    ) throws {
        let native = code?.native ?? RD_KAFKA_RESP_ERR_NO_ERROR
        try KafkaError.check(
            crdkafka_mock_push_error(raw, broker, request.rawValue, native, delay.milliseconds), "inject an error")
    }

    /// Metadata names this error for the topic, or none.
    public func setError(_ code: KafkaError.Code?, ofTopic topic: String) {
        rd_kafka_mock_topic_set_error(raw, topic, code?.native ?? RD_KAFKA_RESP_ERR_NO_ERROR)
    }

    /// Makes this broker the partition's leader; nil: it has none.
    public func setLeader(_ broker: Int32?, of partition: TopicPartition) throws {
        try KafkaError.check(
            rd_kafka_mock_partition_set_leader(raw, partition.topic, partition.partition, broker ?? -1), "set leader")
    }

    /// The broker drops its connections and takes none.
    public func setDown(_ broker: Int32) throws {
        try KafkaError.check(rd_kafka_mock_broker_set_down(raw, broker), "set a broker down")
    }

    public func setUp(_ broker: Int32) throws {
        try KafkaError.check(rd_kafka_mock_broker_set_up(raw, broker), "set a broker up")
    }

    /// Every answer of the broker takes so long.
    public func setRoundTripTime(_ time: Duration, of broker: Int32) throws {
        try KafkaError.check(rd_kafka_mock_broker_set_rtt(raw, broker, time.milliseconds), "set a round trip time")
    }

    /// The broker that coordinates this group.
    public func setCoordinator(_ broker: Int32, ofGroup group: String) throws {
        try KafkaError.check(rd_kafka_mock_coordinator_set(raw, "group", group, broker), "set a coordinator")
    }

    /// Kinds of requests, by their number in Kafka's protocol.
    public enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case offsetCommit = 8
        case offsetFetch = 9
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
        case initProducerID = 22
        case addPartitionsToTransaction = 24
        case addOffsetsToTransaction = 25
        case endTransaction = 26
        case transactionOffsetCommit = 28
    }
}
