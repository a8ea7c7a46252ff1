public import Daybook
import KafkaClient
public import Logging
import Synchronization

/// The log on Apache Kafka: a stream is a topic. The engine for more than one machine.
///
/// - An append is acknowledged by all in-sync replicas (`acks=all`), by an idempotent producer.
/// - Readers see committed transactions only. Log time is the broker's (`message.timestamp.type=LogAppendTime`), in
///   milliseconds.
/// - Every reader and every group member is a connection of its own to each broker that leads one of its partitions.
public final class KafkaLog: EventLog {
    public let features = Set(LogFeature.allCases)
    let configuration: Configuration
    let admin: KafkaAdmin
    let appender: Appender
    let fetcher: RecordFetcher
    let counters: Counters
    let children = Children()
    private let clusterID: String
    private let closing = Closing()
    /// Partition counts of the streams that were looked up; they do not change.
    private let partitionCounts = Mutex<[String: Int32]>([:])

    private init(_ configuration: Configuration, _ admin: KafkaAdmin, clusterID: String) {
        self.configuration = configuration
        self.admin = admin
        self.clusterID = clusterID
        let counters = Counters()
        self.counters = counters
        appender = Appender(configuration, counters)
        fetcher = RecordFetcher(configuration, admin)
    }

    /// Connects to the cluster.
    ///
    /// - Throws: ``LogError/refused(_:)`` when the configuration is wrong or the cluster does not let this client in;
    ///   ``LogError/unavailable(_:)`` when no broker answers.
    public static func open(_ configuration: Configuration) async throws -> KafkaLog {
        do {
            let admin = try KafkaAdmin(configuration.cluster)
            do {
                let metadata = try await admin.metadata(limit: configuration.requestTimeout)
                guard let clusterID = metadata.clusterID else {
                    throw LogError.refused("the Kafka cluster does not tell its id; Kafka 0.10.1 or later is needed")
                }
                return KafkaLog(configuration, admin, clusterID: clusterID)
            } catch {
                await admin.close()
                throw error
            }
        } catch let error as KafkaError {
            throw LogError(opening: error, configuration.cluster.bootstrapServers)
        }
    }

    /// Connects to the cluster that a URL names: `kafka://host:9092,host:9092?any.librdkafka.property=value`.
    public static func open(url: String, logger: Logger = Logger(label: "daybook.kafka")) async throws -> KafkaLog {
        try await open(try Configuration(url: url, logger: logger))
    }

    public var identity: String {
        get async throws {
            try checkOpen()
            return clusterID
        }
    }

    public var maximumRecordBytes: Int { configuration.maximumRecordBytes }

    public var statistics: LogStatistics { counters.statistics }

    public func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        if closing.hasBegun { return records.map { _ in .failure(.closed) } }
        return await appender.append(records)
    }

    // MARK: The end

    public func close() async throws {
        await closing.run { [self] in
            await children.closeAll()
            await appender.close()
            await fetcher.close()
            await admin.close()
        }
    }

    /// Ends as the death of the process would: nothing is finished, nobody is told. For tests.
    func abandon() async {
        await closing.run { [self] in
            await children.abandonAll()
            appender.abandon()
            fetcher.abandon()
            admin.abandon()
        }
    }

    // MARK: Common to all calls

    /// The streams that this log has had to do with.
    var usedStreams: Set<String> { Set(partitionCounts.withLock { $0.keys }) }

    /// These streams are there.
    func note(_ streams: [StreamSpecification]) {
        partitionCounts.withLock { counts in
            for stream in streams { counts[stream.name] = stream.partitions }
        }
    }

    func checkOpen() throws {
        if closing.hasBegun { throw LogError.closed }
    }

    /// Asks the cluster, and says in the log's words what went wrong.
    func asking<Answer: Sendable>(
        _ body: () async throws -> Answer
    ) async throws -> Answer {
        try checkOpen()
        do {
            let answer = try await body()
            try Task.checkCancellation()
            return answer
        } catch let error as KafkaError {
            try checkOpen()
            throw LogError(error)
        }
    }

    /// Makes sure that the partitions exist.
    ///
    /// - Throws: ``LogError/unknownPartition(_:)`` for the first one that does not.
    func requirePartitions(_ partitions: some Sequence<StreamPartition>) async throws {
        for partition in partitions {
            let count: Int32
            if let known = partitionCounts.withLock({ $0[partition.stream] }) {
                count = known
            } else {
                do {
                    count = try await asking {
                        try await admin.partitionCount(of: partition.stream, limit: configuration.requestTimeout)
                    }
                } catch LogError.unknownPartition {
                    throw LogError.unknownPartition(partition)
                }
                partitionCounts.withLock { $0[partition.stream] = count }
            }
            guard 0..<count ~= partition.partition else { throw LogError.unknownPartition(partition) }
        }
    }
}
