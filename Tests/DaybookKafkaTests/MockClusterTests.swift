import Daybook
import DaybookTesting
import KafkaClient
import Logging
import Testing

@testable import DaybookKafka

/// What can be shown without a broker: appends and reads, and what is said when the cluster fails. Streams cannot be
/// created there, so the cluster makes them.
@Suite(.timeLimit(.minutes(2))) struct MockClusterTests {
    private static func log(
        _ cluster: MockCluster, _ properties: [String: String] = [:],
        _ change: (inout KafkaLog.Configuration) -> Void = { _ in }
    ) async throws -> KafkaLog {
        var configuration = KafkaLog.Configuration(
            cluster: cluster.configuration(["fetch.wait.max.ms": "10"].merging(properties) { $1 }))
        configuration.cluster.logger.logLevel = .critical
        change(&configuration)
        return try await KafkaLog.open(configuration)
    }

    private let partition = StreamPartition("s", 0)

    private func record(_ text: String) -> NewRecord {
        NewRecord(partition, Record(value: Array(text.utf8)))
    }

    @Test func storesAndReadsRecords() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("s", partitions: 2)
        let log = try await Self.log(cluster)
        let appended = try await log.append((0..<10).map { record("\($0)") }).map { try $0.get() }
        #expect(appended.map(\.position.offset) == Array(0..<10))
        #expect(try await log.watermarks(of: [partition]) == [partition: Watermarks(low: 0, end: 10)])
        let reader = try await log.reader(from: [partition: 3])
        // A batch is what has come in by then.
        var batches = [try await reader.next(maximum: 100)]
        while batches[batches.count - 1].nextOffset < 10 { batches.append(try await reader.next(maximum: 100)) }
        #expect(batches.flatMap(\.records).map(\.offset) == Array(3..<10))
        #expect(batches.last?.nextOffset == 10 && batches.last?.end == 10)
        let found = try await log.records(at: [appended[7], appended[2]].map(\.position) + [Position(partition, 99)])
        #expect(found.map { $0?.offset } == [7, 2, nil])
        #expect(!(try await log.identity).isEmpty)
        try await log.checkHealth()
        try await log.close()
    }

    @Test func fetchesRecordsFromFarApart() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("s", partitions: 2)
        // A partition that is assigned anew may have to wait a second until librdkafka's broker thread looks at it.
        let log = try await Self.log(cluster) { $0.requestTimeout = .seconds(60) }
        let records = (0..<2000).map { number in
            NewRecord(
                StreamPartition("s", Int32(number % 2)),
                Record(value: Array("\(number)".utf8) + [UInt8](repeating: 0, count: 500)))
        }
        let positions = try await log.append(records).map { try $0.get().position }
        let wanted = stride(from: 0, to: 2000, by: 97).shuffled().map { positions[$0] }
        let found = try await log.records(at: wanted)
        #expect(found.map { $0?.offset } == wanted.map(\.offset))
        // And again, with the same consumer.
        #expect(try await log.records(at: [positions[5]]).first??.offset == positions[5].offset)
        try await log.close()
    }

    @Test func saysThatNoBrokerAnswers() async throws {
        var configuration = KafkaLog.Configuration(
            cluster: KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"], properties: ["log_level": "0"]))
        configuration.requestTimeout = .milliseconds(300)
        let error = await #expect(throws: LogError.self) { try await KafkaLog.open(configuration) }
        guard case .unavailable(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("no Kafka broker at 127.0.0.1:1 answers"))
        #expect(reason.contains("Connection refused"))
    }

    @Test func tellsAWriteWithoutAnAnswerFromOneNotTaken() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("s", partitions: 1)
        let log = try await Self.log(cluster, ["queue.buffering.max.messages": "2"]) {
            // Long enough for the first write, which has to connect.
            $0.appendTimeout = .seconds(3)
        }
        _ = try await log.append([record("first")]).map { try $0.get() }
        try cluster.setDown(1)
        let outcomes = await log.append((0..<4).map { record("\($0)") })
        let errors = outcomes.map { outcome -> LogError? in
            if case .failure(let error) = outcome { error } else { nil }
        }
        #expect(errors.map { $0?.mayBeStored } == [true, true, false, false])
        #expect(errors.allSatisfy { $0?.isRetriable == true })
        // What was taken is stored when the cluster is back, in order, and before anything younger.
        try cluster.setUp(1)
        let reader = try await log.reader(from: [partition: 0])
        var texts: [String] = []
        while texts.count < 3 {
            texts += try await reader.next(maximum: 10).records.map {
                String(decoding: $0.record.value ?? [], as: UTF8.self)
            }
        }
        #expect(texts == ["first", "0", "1"])
        let last = try await log.append([record("last")])[0].get()
        #expect(last.position.offset == 3)
        #expect(log.statistics.failedAppends == 4)
        try await log.close()
    }

    @Test func readsOnAfterAnOutage() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("s", partitions: 1)
        let log = try await Self.log(cluster)
        _ = try await log.append([record("0")]).map { try $0.get() }
        let reader = try await log.reader(from: [partition: 0])
        #expect(try await reader.next(maximum: 1).records.count == 1)
        let waiting = Task { try await reader.next(maximum: 1) }
        try cluster.setDown(1)
        try cluster.setUp(1)
        cluster.failNext(.fetch, with: [.transport, .init(rawValue: 6)])
        _ = try await log.append([record("1")]).map { try $0.get() }
        #expect(try await waiting.value.records.map(\.offset) == [1])
        try await log.close()
    }

    @Test func healthIsAsTheClusterIs() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("s", partitions: 1)
        let log = try await Self.log(cluster)
        try await log.checkHealth()
        try cluster.setDown(1)
        let error = await #expect(throws: LogError.self) { try await log.checkHealth() }
        guard case .unavailable(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("last problem: "))
        try cluster.setUp(1)
        // It takes the client a moment to connect again; nobody can be asked about that but the check itself.
        while (try? await log.checkHealth()) == nil {}
        try await log.close()
    }

    @Test func anotherProducerGoesOnAfterAFatalError() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("s", partitions: 1)
        let log = try await Self.log(cluster)
        _ = try await log.append([record("0")]).map { try $0.get() }
        // Without a transactional id this one is the only error that librdkafka's idempotent producer dies of.
        cluster.failNext(.produce, with: [.init(rawValue: 45)])  // OUT_OF_ORDER_SEQUENCE_NUMBER
        _ = await log.append([record("1")])
        let after = await log.append([record("2")])
        #expect(after.allSatisfy { (try? $0.get()) != nil })
        try await log.close()
    }

    @Test func unknownPartitionsAreNamed() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("s", partitions: 1)
        let log = try await Self.log(cluster)
        let unknown = StreamPartition("s", 4)
        await #expect(throws: LogError.unknownPartition(unknown)) { try await log.reader(from: [unknown: 0]) }
        await #expect(throws: LogError.unknownPartition(unknown)) {
            try await log.watermarks(of: [partition, unknown])
        }
        try await log.close()
        await #expect(throws: LogError.closed) { try await log.reader(from: [partition: 0]) }
    }
}
