import Testing

@testable import KafkaClient

/// What the mock cluster can honestly show: the order of calls and the classes of errors. That transactions are
/// all-or-nothing, and that a former producer is fenced, is shown on a real broker.
@Suite(.timeLimit(.minutes(2))) struct TransactionTests {
    @Test func commitsMessagesAndPositions() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let consumer = try cluster.consumer(.init(groupID: "g"))
        let producer = try KafkaTransactionalProducer(cluster.quiet(), transactionalID: "x")
        try await producer.start()
        let group = try await consumer.groupMetadata()
        let offsets = try await producer.withTransaction {
            let results = try await producer.produce([message("a"), message("b")])
            try await producer.sendOffsets([TopicPartitionOffset("t", 0, 1)], of: group)
            return try results.offsets
        }
        #expect(offsets == [0, 1])
        await producer.close()
        await consumer.close()
    }

    @Test func needsAStartAndATransaction() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try KafkaTransactionalProducer(cluster.quiet(), transactionalID: "x")
        await #expect(throws: KafkaError.self) { try await producer.begin() }
        try await producer.start()
        let results = try await producer.produce([message("outside")])
        #expect(results.errors.map(\.code) == [.state])
        await #expect(throws: KafkaError.self) { try await producer.commit() }
        await producer.close()
        await #expect(throws: KafkaError.self) { try await producer.begin() }
    }

    @Test func oneTransactionAtATime() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try KafkaTransactionalProducer(cluster.quiet(), transactionalID: "x")
        try await producer.start()
        let runs = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0..<10 {
                group.addTask {
                    try await producer.withTransaction {
                        var offsets: [Int64] = []
                        for _ in 0..<3 { offsets += try await producer.produce([message("x")]).offsets }
                        return offsets
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // No other transaction's message is between those of one.
        #expect(runs.allSatisfy { $0 == Array($0[0]..<$0[0] + 3) })
        await producer.close()
    }

    @Test func abortsWhenTheBodyThrowsOrIsCancelled() async throws {
        struct Failure: Error {}
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try KafkaTransactionalProducer(cluster.quiet(), transactionalID: "x")
        try await producer.start()
        await #expect(throws: Failure.self) {
            try await producer.withTransaction {
                _ = try await producer.produce([message("a")])
                throw Failure()
            }
        }
        let cancelled = Task {
            try await producer.withTransaction { _ = try? await producer.produce([message("b")]) }
        }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        // The next one finds the way free.
        try await producer.withTransaction { _ = try await producer.produce([message("c")]).offsets }
        await producer.close()
    }

    @Test func whoWaitsForATransactionCanBeCancelled() async throws {
        let cluster = try MockCluster()
        let producer = try KafkaTransactionalProducer(cluster.quiet(), transactionalID: "x")
        try await producer.start()
        try await producer.begin()
        let waiting = Task { try await producer.begin() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await producer.abort()
        try await producer.withTransaction {}
        await producer.close()
    }

    @Test func repeatsWhatIsRetriable() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let consumer = try cluster.consumer(.init(groupID: "g"))
        let group = try await consumer.groupMetadata()
        let producer = try KafkaTransactionalProducer(cluster.quiet(), transactionalID: "x")
        let coordinatorLoads = KafkaError.Code(rawValue: 14)
        cluster.failNext(.initProducerID, with: [coordinatorLoads, coordinatorLoads])
        try await producer.start()
        try await producer.withTransaction {
            cluster.failNext(.addPartitionsToTransaction, with: [coordinatorLoads])
            _ = try await producer.produce([message("a")]).offsets
            cluster.failNext(.addOffsetsToTransaction, with: [coordinatorLoads])
            cluster.failNext(.transactionOffsetCommit, with: [coordinatorLoads])
            try await producer.sendOffsets([TopicPartitionOffset("t", 0, 1)], of: group)
            cluster.failNext(.endTransaction, with: [coordinatorLoads, .transport])
        }
        await producer.close()
        await consumer.close()
    }

    @Test func tellsThatATransactionMustBeAborted() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let consumer = try cluster.consumer(.init(groupID: "g"))
        let group = try await consumer.groupMetadata()
        let producer = try KafkaTransactionalProducer(cluster.quiet(), transactionalID: "x")
        try await producer.start()
        let error = await #expect(throws: KafkaError.self) {
            try await producer.withTransaction {
                _ = try await producer.produce([message("a")]).offsets
                cluster.failNext(.transactionOffsetCommit, with: [.illegalGeneration])
                try await producer.sendOffsets([TopicPartitionOffset("t", 0, 1)], of: group)
            }
        }
        #expect(error?.requiresAbort == true)
        #expect(error?.isFatal == false)
        // It was aborted, and the producer works on.
        try await producer.withTransaction { _ = try await producer.produce([message("b")]).offsets }
        await producer.close()
        await consumer.close()
    }

    @Test func tellsThatTheProducerIsOfNoMoreUse() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try KafkaTransactionalProducer(cluster.quiet(), transactionalID: "x")
        try await producer.start()
        let error = await #expect(throws: KafkaError.self) {
            try await producer.withTransaction {
                _ = try await producer.produce([message("a")]).offsets
                cluster.failNext(.endTransaction, with: [.init(rawValue: 90)])  // PRODUCER_FENCED
            }
        }
        #expect(error?.isFatal == true)
        await #expect(throws: KafkaError.self) { try await producer.begin() }
        await producer.close()
    }

    @Test func closingAbortsWhatIsOpen() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try KafkaTransactionalProducer(cluster.quiet(), transactionalID: "x")
        try await producer.start()
        try await producer.begin()
        _ = try await producer.produce([message("a")]).offsets
        let waiting = Task { try await producer.begin() }
        await producer.close()
        await #expect(throws: KafkaError.self) { try await waiting.value }
    }
}
