import Testing

@testable import KafkaClient

@Suite(.timeLimit(.minutes(2))) struct ConsumerTests {
    @Test func showsWhatWasProduced() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer()
        var headers = PackedHeaders()
        headers.append("name", "one")
        headers.append("other", "zwei")
        headers.append("name", "three")
        let sent = OutgoingMessage(
            topic: "t", partition: 0, key: Array("key".utf8), value: Array("value".utf8), headers: headers.bytes,
            timestamp: 1_700_000_000_123)
        _ = try await producer.produce([sent]).offsets
        let consumer = try cluster.consumer()
        try await consumer.assign([TopicPartitionOffset("t", 0, TopicPartitionOffset.beginning)])
        let received = try #require(try await consumer.read(1).first)
        #expect(received.topic == "t")
        #expect(received.partition == 0)
        #expect(received.offset == 0)
        #expect(received.timestamp == 1_700_000_000_123)
        #expect(received.timestampType == .createTime)
        #expect(text(received.key) == "key")
        #expect(text(received.value) == "value")
        #expect(received.headers == headers.bytes)
        await consumer.close()
        await producer.close()
    }

    @Test func nullIsNotEmpty() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer()
        var headers = PackedHeaders()
        headers.append("null", [UInt8]?.none)
        headers.append("empty", [])
        headers.append("", "nameless")
        let sent = [nil, []].flatMap { key in
            [nil, []].map { value in
                OutgoingMessage(topic: "t", partition: 0, key: key, value: value, headers: headers.bytes)
            }
        }
        _ = try await producer.produce(sent).offsets
        let consumer = try cluster.consumer()
        try await consumer.assign([TopicPartitionOffset("t", 0, TopicPartitionOffset.beginning)])
        let received = try await consumer.read(4)
        #expect(received.map(\.key) == [nil, nil, [], []])
        #expect(received.map(\.value) == [nil, [], nil, []])
        #expect(received.allSatisfy { $0.headers == headers.bytes })
        await consumer.close()
        await producer.close()
    }

    @Test func aMessageWithoutHeadersHasNone() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer()
        _ = try await producer.produce([message("a")]).offsets
        let consumer = try cluster.consumer()
        try await consumer.assign([TopicPartitionOffset("t", 0, 0)])
        #expect(try await consumer.read(1).first?.headers == [])
        await consumer.close()
        await producer.close()
    }

    @Test func readsFromAnOffsetToTheEnd() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let producer = try cluster.producer()
        _ = try await producer.produce((0..<100).map { message("\($0)", to: $0 % 2) }).offsets
        let consumer = try cluster.consumer()
        try await consumer.assign([TopicPartitionOffset("t", 0, 10), TopicPartitionOffset("t", 1, 50)])
        let (messages, ends) = try await consumer.readToEnd(partitions: 2)
        #expect(messages.count == 40)
        #expect(messages.first?.offset == 10)
        #expect(ends == [TopicPartition("t", 0): 50, TopicPartition("t", 1): 50])
        // And goes on when there is more.
        _ = try await producer.produce([message("more", to: 1)]).offsets
        #expect(try await consumer.read(1).map(\.offset) == [50])
        await consumer.close()
        await producer.close()
    }

    @Test func takesNoMoreThanAskedFor() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer()
        _ = try await producer.produce((0..<100).map { message("\($0)") }).offsets
        let consumer = try cluster.consumer()
        try await consumer.assign([TopicPartitionOffset("t", 0, 0)])
        var offsets: [Int64] = []
        while offsets.count < 100 {
            let batch = try #require(try await consumer.next(max: 7))
            #expect(batch.messages.count <= 7)
            offsets += batch.messages.map(\.offset)
        }
        #expect(offsets == Array(0..<100))
        await consumer.close()
        await producer.close()
    }

    @Test func partitionsComeAndGo() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 3)
        let producer = try cluster.producer()
        func fill() async throws {
            _ = try await producer.produce((0..<3).map { message("x", to: $0) }).offsets
        }
        try await fill()
        let consumer = try cluster.consumer()
        try await consumer.add([TopicPartitionOffset("t", 0, 0)])
        #expect(try await consumer.read(1).map(\.partition) == [0])
        try await consumer.add([TopicPartitionOffset("t", 1, 0), TopicPartitionOffset("t", 2, 0)])
        #expect(Set(try await consumer.read(2).map(\.partition)) == [1, 2])
        try await consumer.remove([TopicPartition("t", 1)])
        try await fill()
        let read = try await consumer.read(2)
        #expect(Set(read.map(\.partition)) == [0, 2])
        #expect(read.allSatisfy { $0.offset == 1 })
        await consumer.close()
        await producer.close()
    }

    @Test func aPositionThatIsNotInTheLogIsAFailureOfItsPartition() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let producer = try cluster.producer()
        _ = try await producer.produce([message("a"), message("b", to: 1)]).offsets
        let consumer = try cluster.consumer()
        try await consumer.assign([TopicPartitionOffset("t", 0, 1000), TopicPartitionOffset("t", 1, 0)])
        var failure: ConsumerFailure?
        var messages: [IncomingMessage] = []
        while failure == nil || messages.isEmpty {
            let batch = try #require(try await consumer.next())
            messages += batch.messages
            failure = failure ?? batch.failures.first
        }
        #expect(failure?.topicPartition == TopicPartition("t", 0))
        #expect(failure?.isOutOfRange == true)
        #expect(messages.map(\.partition) == [1])
        await consumer.close()
        await producer.close()
    }

    @Test func tellsHowFarItHasCome() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let producer = try cluster.producer()
        _ = try await producer.produce((0..<20).map { message("\($0)", to: $0 % 2) }).offsets
        let consumer = try cluster.consumer()
        try await consumer.assign([TopicPartitionOffset("t", 0, 0), TopicPartitionOffset("t", 1, 5)])
        var counts: [TopicPartition: Int64] = [TopicPartition("t", 1): 5]
        var atEnd: Set<TopicPartition> = []
        while atEnd.count < 2 {
            let batch = try #require(try await consumer.next(max: 3))
            for message in batch.messages { counts[TopicPartition("t", message.partition), default: 0] += 1 }
            let told = Set(batch.progress.map(\.topicPartition))
            #expect(batch.messages.allSatisfy { told.contains(TopicPartition("t", $0.partition)) })
            for one in batch.progress {
                #expect(one.position == counts[one.topicPartition])
                #expect(one.end == 10)
                if one.isAtEnd { atEnd.insert(one.topicPartition) }
            }
        }
        await consumer.close()
        await producer.close()
    }

    @Test func canBeInterrupted() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let consumer = try cluster.consumer()
        let waiting = Task { try await consumer.next() }
        consumer.interrupt()
        let batch = try #require(try await waiting.value)
        #expect(batch.messages.isEmpty && batch.progress.isEmpty)
        await consumer.close()
    }

    @Test func wakesUpForNewMessages() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer()
        _ = try await producer.produce([message("first")]).offsets
        let consumer = try cluster.consumer()
        try await consumer.assign([TopicPartitionOffset("t", 0, 1)])
        for round in 1...20 {
            async let read = consumer.read(1)
            _ = try await producer.produce([message("\(round)")]).offsets
            #expect(try await read.map(\.offset) == [Int64(round)])
        }
        await consumer.close()
        await producer.close()
    }

    @Test func cancellingEndsTheWaitAndLosesNothing() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer()
        let consumer = try cluster.consumer()
        _ = try await producer.produce([message("first")]).offsets
        try await consumer.assign([TopicPartitionOffset("t", 0, 0)])
        _ = try await consumer.readToEnd()
        let waiting = Task { try await consumer.next() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        _ = try await producer.produce([message("second")]).offsets
        #expect(try await consumer.read(1).map(\.offset) == [1])
        await consumer.close()
        await producer.close()
    }

    @Test func onlyOneTaskReads() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let consumer = try cluster.consumer()
        let first = Task { try await consumer.next() }
        let second = Task { try await consumer.next() }
        // Whichever came second is refused; the other waits until the end.
        let outcome = await withTaskGroup(of: KafkaError.Code?.self) { group in
            for task in [first, second] {
                group.addTask {
                    do {
                        _ = try await task.value
                        return nil
                    } catch { return (error as? KafkaError)?.code }
                }
            }
            let refused = await group.next()
            await consumer.close()
            return (refused, await group.next())
        }
        #expect(outcome.0 == .some(.some(.state)))
        #expect(outcome.1 == .some(.none))
    }

    @Test func closingEndsTheReader() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let consumer = try cluster.consumer()
        try await consumer.assign([TopicPartitionOffset("t", 0, TopicPartitionOffset.end)])
        let reader = Task {
            while try await consumer.next() != nil {}
        }
        await consumer.close()
        try await reader.value
        #expect(try await consumer.next() == nil)
        await #expect(throws: KafkaError.self) { try await consumer.assign([]) }
        await consumer.close()
    }

    @Test func survivesALostConnection() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer(["retry.backoff.ms": "5"])
        let consumer = try cluster.consumer()
        _ = try await producer.produce([message("a")]).offsets
        try await consumer.assign([TopicPartitionOffset("t", 0, 0)])
        _ = try await consumer.read(1)
        cluster.failNext(.fetch, with: [.transport, .init(rawValue: 6)])
        _ = try await producer.produce([message("b")]).offsets
        #expect(try await consumer.read(1).map(\.offset) == [1])
        try cluster.setDown(1)
        try cluster.setUp(1)
        _ = try await producer.produce([message("c")]).offsets
        #expect(try await consumer.read(1).map(\.offset) == [2])
        await consumer.close()
        await producer.close()
    }

    @Test func aConsumerThatIsOnlyDroppedIsFreed() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        weak var client: ClientHandle?
        do {
            let consumer = try cluster.consumer()
            client = consumer.client
            try await consumer.assign([TopicPartitionOffset("t", 0, 0)])
            _ = try await consumer.readToEnd()
        }
        while client != nil { await Task.yield() }
    }

    @Test func positionsOfAGroupAreKept() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let partitions = [TopicPartition("t", 0), TopicPartition("t", 1)]
        let first = try cluster.consumer(.init(groupID: "g"))
        #expect(try await first.committed(partitions) == [nil, nil])
        try await first.commit([TopicPartitionOffset("t", 1, 42)])
        #expect(try await first.committed(partitions) == [nil, 42])
        await first.close()
        let second = try cluster.consumer(.init(groupID: "g"))
        #expect(try await second.committed(partitions.reversed()) == [42, nil])
        await second.close()
        let loner = try cluster.consumer()
        await #expect(throws: KafkaError.self) { try await loner.committed(partitions) }
        await loner.close()
    }

    @Test(.timeLimit(.minutes(1))) func aMemberReadsFromWhereItsGroupWas() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let producer = try cluster.producer()
        _ = try await producer.produce((0..<20).map { message("\($0)", to: $0 % 2) }).offsets
        var options = KafkaConsumer.Options(groupID: "g")
        options.withoutPosition = .readFromBeginning
        let setUp = try cluster.consumer(options)
        try await setUp.commit([TopicPartitionOffset("t", 0, 4)])
        await setUp.close()

        let consumer = try cluster.consumer(options)
        try await consumer.subscribe(to: ["t"])
        let rebalances = try await consumer.first { $0.rebalances.isEmpty ? nil : $0.rebalances }
        guard case .assigned(let partitions)? = rebalances.first else {
            Issue.record("expected an assignment, not \(rebalances)")
            return
        }
        #expect(Set(partitions) == [TopicPartition("t", 0), TopicPartition("t", 1)])
        let read = try await consumer.read(16)
        #expect(read.first { $0.partition == 0 }?.offset == 4)
        #expect(read.first { $0.partition == 1 }?.offset == 0)
        try await consumer.commit([TopicPartitionOffset("t", 0, 10), TopicPartitionOffset("t", 1, 10)])
        #expect(try await consumer.committed(partitions) == [10, 10])
        await consumer.close()
        await producer.close()
    }
}

/// What follows on another assignment at once.
@Suite(.timeLimit(.minutes(2))) struct ReassignmentTests {
    @Test func partitionsCanBeGivenUpAndTakenAtOnce() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 4)
        let producer = try cluster.producer()
        let sent = (0..<4).flatMap { partition in
            (0..<20).map { OutgoingMessage(topic: "t", partition: partition, value: Array("\($0)".utf8)) }
        }
        _ = try await producer.produce(sent).offsets
        let consumer = try cluster.consumer()
        func starts(_ offset: Int64) -> [TopicPartitionOffset] {
            (0..<4).map { TopicPartitionOffset("t", $0, offset) }
        }
        for _ in 0..<50 {
            try await consumer.assign(starts(10))
            _ = try await consumer.read(40)
            // The second one gives up what has not begun.
            try await consumer.assign([])
            try await consumer.assign(starts(0))
            try await consumer.assign([])
        }
        await consumer.close()
        await producer.close()
    }

    @Test func nothingIsToldOfWhereAPartitionWasBefore() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer()
        let sent = (0..<20).map { OutgoingMessage(topic: "t", partition: 0, value: Array("\($0)".utf8)) }
        _ = try await producer.produce(sent).offsets
        let consumer = try cluster.consumer()
        for _ in 0..<50 {
            try await consumer.assign([TopicPartitionOffset("t", 0, 10)])
            _ = try await consumer.read(10)
            try await consumer.assign([TopicPartitionOffset("t", 0, 2)])
            // Also when it wakes for nothing.
            consumer.interrupt()
            var progress: [Int64] = []
            var offsets: [Int64] = []
            while offsets.isEmpty {
                let batch = try #require(try await consumer.next(max: 1))
                progress += batch.progress.map(\.position)
                offsets += batch.messages.map(\.offset)
            }
            #expect(offsets == [2])
            #expect(progress.allSatisfy { $0 <= 3 }, "\(progress)")
        }
        await consumer.close()
        await producer.close()
    }
}
