import Testing

@testable import KafkaClient

/// The mock cluster answers metadata and offsets only.
@Suite struct AdminTests {
    @Test func describesTheCluster() async throws {
        let cluster = try MockCluster(brokers: 3)
        try cluster.createTopic("t", partitions: 4, replication: 3)
        let admin = try KafkaAdmin(cluster.quiet())
        let metadata = try await admin.metadata()
        #expect(metadata.brokers.count == 3)
        #expect(metadata.topics.map(\.name) == ["t"])
        #expect(metadata.topics.first?.partitions == 4)
        #expect(metadata.topics.first?.replication == 3)
        #expect(metadata.topics.first?.error == nil)
        #expect(try await admin.partitionCount(of: "t") == 4)
        await admin.close()
    }

    @Test func findsBeginningAndEnd() async throws {
        let cluster = try MockCluster(brokers: 2)
        try cluster.createTopic("t", partitions: 2)
        let producer = try cluster.producer()
        _ = try await producer.produce([message("a"), message("b", to: 1), message("c", to: 1)]).offsets
        let admin = try KafkaAdmin(cluster.quiet())
        let partitions = [TopicPartition("t", 0), TopicPartition("t", 1)]
        let beginning = try await admin.offsets(of: partitions, at: .beginning)
        #expect(beginning == [partitions[0]: 0, partitions[1]: 0])
        #expect(try await admin.offsets(of: partitions, at: .end) == [partitions[0]: 1, partitions[1]: 2])
        await admin.close()
        await producer.close()
    }

    @Test func gaveUpInTime() async throws {
        let admin = try KafkaAdmin(
            KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"], properties: ["log_level": "0"]))
        let partition = TopicPartition("t", 0)
        let limit = Duration.milliseconds(200)
        await #expect(throws: KafkaError.self) { try await admin.metadata(limit: limit) }
        await #expect(throws: KafkaError.self) { try await admin.offsets(of: [partition], at: .end, limit: limit) }
        let error = await #expect(throws: KafkaError.self) { try await admin.groups(limit: limit) }
        #expect(error?.isRetriable == true, "\(String(describing: error))")
        await admin.close()
        let closed = await #expect(throws: KafkaError.self) { try await admin.metadata() }
        #expect(closed?.code == .closed)
    }
}
