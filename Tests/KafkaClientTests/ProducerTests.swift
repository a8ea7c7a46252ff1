import Foundation
import Synchronization
import Testing

@testable import KafkaClient

@Suite(.timeLimit(.minutes(2))) struct ProducerTests {
    @Test func tellsWhereEachMessageIs() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let producer = try cluster.producer()
        let first = try await producer.produce([message("a"), message("b", to: 1), message("c")])
        let second = try await producer.produce([message("d"), message("e", to: 1)])
        #expect(try first.offsets == [0, 0, 1])
        #expect(try second.offsets == [2, 1])
        await producer.close()
    }

    @Test func givesBackNothingForNothing() async throws {
        let cluster = try MockCluster()
        let producer = try cluster.producer()
        #expect(try await producer.produce([]).isEmpty)
        await producer.close()
    }

    @Test func refusesAPartitionThatIsNotThere() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let producer = try cluster.producer()
        var headers = PackedHeaders()
        headers.append("name", "value")
        var wrong = message("b", to: 2)
        wrong.headers = headers.bytes
        // More than once: librdkafka 2.0.2 frees the headers of such a message twice if they are given one by one.
        for _ in 0..<20 {
            let results = try await producer.produce([message("a"), wrong, message("c", to: -1), message("d")])
            #expect(results.errors.map(\.code) == [.unknownPartition, .unknownPartition])
            #expect(results.errors.first?.message == "the topic has 2 partitions")
            #expect(results.errors.first?.mayBeStored == false)
        }
        await producer.close()
    }

    @Test func refusesHeadersThatAreNotWellFormed() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let producer = try cluster.producer()
        var wrong = message("a")
        wrong.headers = [9]
        let results = try await producer.produce([wrong, message("b", to: 1), message("c")])
        // The third may be tried again behind the first, so it is not stored before it.
        #expect(results.errors.map(\.code) == [.invalidArgument, .precedingFailed])
        #expect(try results[1].get().offset == 0)
        await producer.close()
    }

    @Test func refusesAMessageThatIsTooLarge() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        let producer = try cluster.producer(["message.max.bytes": "2000"])
        let large = message(String(repeating: "x", count: 3000))
        let results = try await producer.produce([message("a"), large, message("b"), message("c", to: 1)])
        #expect(results.errors.map(\.code) == [.messageTooLarge, .precedingFailed])
        #expect(try results[3].get().offset == 0)
        // The next call begins anew.
        #expect(try await producer.produce([message("b")]).offsets == [1])
        await producer.close()
    }

    @Test func waitsWhileTheQueueIsFull() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer(["queue.buffering.max.messages": "10"])
        // Many callers at once, each with more than fits.
        let stored = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for caller in 0..<20 {
                group.addTask {
                    try await producer.produce((0..<50).map { message("\(caller)-\($0)") }).offsets
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(stored) == Set(0..<1000))
        await producer.close()
    }

    @Test func keepsTheOrderOfABatch() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer(["queue.buffering.max.messages": "100"])
        #expect(try await producer.produce((0..<5000).map { message("\($0)") }).offsets == Array(0..<5000))
        await producer.close()
    }

    @Test func cancellingDropsTheWaitAndNotTheMessage() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer()
        _ = try await producer.produce([message("first")])
        try cluster.setRoundTripTime(.milliseconds(300), of: 1)
        let pending = try await producer.enqueue([message("second")])
        let waiting = Task { try await pending.results() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try cluster.setRoundTripTime(.zero, of: 1)
        #expect(try await producer.produce([message("third")]).offsets == [2])
        await producer.close()
    }

    @Test func cancellingEndsTheWaitForRoom() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer(["queue.buffering.max.messages": "2"])
        _ = try await producer.produce([message("first")])
        try cluster.setDown(1)
        let waiting = Task { try await producer.produce((0..<10).map { message("\($0)") }) }
        // Cancelled before or while it waits: both end it.
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await producer.close(limit: .zero)
    }

    @Test func survivesALostConnection() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer(["retry.backoff.ms": "5"])
        _ = try await producer.produce([message("a")])
        cluster.failNext(.produce, with: [.transport])
        _ = try await producer.produce([message("b")]).offsets
        cluster.failNext(.produce, with: [KafkaError.Code(rawValue: 6), .init(rawValue: 7)])  // not leader, timed out
        _ = try await producer.produce([message("c")]).offsets
        #expect(producer.fatalError == nil)
        await producer.close()
    }

    /// The first request to a partition is refused, while others may be on their way already.
    @Test(arguments: ["1", "5"])
    func whatIsAcknowledgedIsStored(_ requestsAtOnce: String) async throws {
        let cluster = try MockCluster()
        let producer = try cluster.producer([
            "retry.backoff.ms": "5", "max.in.flight.requests.per.connection": requestsAtOnce,
        ])
        for round in 0..<5 {
            let topic = "t\(round)"
            try cluster.createTopic(topic, partitions: 1)
            // Makes the topic known, and no more.
            _ = try await producer.produce([message("refused", to: 1, of: topic)])
            try cluster.setRoundTripTime(.milliseconds(50), of: 1)
            cluster.failNext(.produce, with: [.init(rawValue: 6)])  // not leader
            let pending = try await (0..<30).asyncMap { number in
                try await Task.sleep(for: .milliseconds(1))
                return try await producer.enqueue([message("\(number)", of: topic)])
            }
            try cluster.setRoundTripTime(.zero, of: 1)
            var results: [Result<DeliveryReport, KafkaError>] = []
            for one in pending { results += try await one.results() }
            #expect(results.errors.allSatisfy { $0.mayBeStored })
            if requestsAtOnce == "1" { #expect(try results.offsets == Array(0..<30)) }
            let consumer = try cluster.consumer()
            try await consumer.assign([TopicPartitionOffset(topic, 0, 0)])
            let stored = Set(try await consumer.readToEnd().messages.map { text($0.value) })
            for (number, result) in results.enumerated() where (try? result.get()) != nil {
                #expect(stored.contains("\(number)"), "\(number) was acknowledged and is not stored")
            }
            await consumer.close()
        }
        await producer.close()
    }

    @Test func followsTheLeader() async throws {
        let cluster = try MockCluster(brokers: 2)
        try cluster.createTopic("t", partitions: 1, replication: 2)
        let partition = TopicPartition("t", 0)
        try cluster.setLeader(1, of: partition)
        let producer = try cluster.producer(["retry.backoff.ms": "5", "topic.metadata.refresh.interval.ms": "100"])
        #expect(try await producer.produce([message("a")]).offsets == [0])
        try cluster.setLeader(2, of: partition)
        #expect(try await producer.produce([message("b")]).offsets == [1])
        await producer.close()
    }

    @Test func reportsAMessageThatCouldNotBeDelivered() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer(["message.timeout.ms": "400"])
        _ = try await producer.produce([message("a")])
        try cluster.setDown(1)
        let results = try await producer.produce([message("b")])
        #expect(results.errors.map(\.code) == [.messageTimedOut])
        #expect(results.errors.first?.isRetriable == true)
        await producer.close(limit: .zero)
    }

    @Test func tellsThatAMessageMayBeStored() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer(["message.timeout.ms": "400"])
        _ = try await producer.produce([message("a")])
        // Sent, and the answer does not come in time.
        try cluster.setRoundTripTime(.seconds(2), of: 1)
        let results = try await producer.produce([message("b")])
        #expect(results.errors.map(\.mayBeStored) == [true])
        await producer.close(limit: .zero)
    }

    @Test func failsAtOnceWithoutACluster() async throws {
        let producer = try KafkaProducer(
            KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"]), metadataTimeout: .milliseconds(200))
        let results = try await producer.produce([message("a")])
        #expect(results.errors.map(\.isRetriable) == [true])
        #expect(results.errors.map(\.mayBeStored) == [false])
        await producer.close(limit: .zero)
    }

    @Test func tellsInTimeWhatIsNotKnown() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer(["queue.buffering.max.messages": "3", "message.timeout.ms": "0"])
        _ = try await producer.produce([message("a")])
        try cluster.setDown(1)
        let results = try await producer.produce((0..<5).map { message("\($0)") }, limit: .milliseconds(200))
        #expect(results.errors.map(\.code) == [.timedOut, .timedOut, .timedOut, .queueFull, .queueFull])
        #expect(results.errors.map(\.mayBeStored) == [true, true, true, false, false])
        // What was accepted is stored when the cluster is back, and before anything younger.
        try cluster.setUp(1)
        #expect(try await producer.produce([message("last")]).offsets == [4])
        await producer.close()
    }

    @Test func closingWaitsForWhatWasAccepted() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer()
        _ = try await producer.produce([message("first")])
        try cluster.setRoundTripTime(.milliseconds(200), of: 1)
        let pending = try await producer.enqueue((0..<100).map { message("\($0)") })
        await producer.close()
        #expect(try await pending.results().offsets == Array(1...100))
        await #expect(throws: KafkaError.self) { try await producer.produce([message("late")]) }
        await producer.close()
    }

    @Test func closingEndsEveryWaitWithinItsLimit() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        let producer = try cluster.producer(["queue.buffering.max.messages": "5"])
        _ = try await producer.produce([message("first")])
        try cluster.setDown(1)
        async let waiting = producer.produce((0..<20).map { message("\($0)") })
        await producer.close(limit: .milliseconds(100))
        // Depending on which came first, all were refused or each was given up.
        let results = try? await waiting
        #expect(results.map { $0.errors.count } ?? 20 == 20)
    }

    @Test func aProducerThatIsOnlyDroppedIsFreed() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        weak var client: ClientHandle?
        do {
            let core = try ProducerCore(
                cluster.configuration(), name: "p", defaults: [:], required: [:], metadataTimeout: .seconds(5))
            client = core.client
            _ = try await core.enqueue([message("a")]).results()
        }
        // The last drain of the queue may be at work yet.
        while client != nil { await Task.yield() }
    }

    @Test func blockingCallsLeaveTheSharedThreadsFree() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        try cluster.setDown(1)
        // Far more blocked calls than the machine has cores.
        let producers = try (0..<4 * ProcessInfo.processInfo.activeProcessorCount).map { _ in
            try KafkaProducer(
                cluster.quiet(["reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "100"]),
                metadataTimeout: .seconds(60))
        }
        let answered = Count()
        let blocked = producers.map { producer in
            Task {
                defer { answered.value.add(1, ordering: .relaxed) }
                return try await producer.produce([message("a")])
            }
        }
        for _ in 0..<100 { await Task { await Task.yield() }.value }
        // On threads that those calls held this work would have had to wait for them.
        #expect(answered.value.load(ordering: .relaxed) == 0)
        try cluster.setUp(1)
        for task in blocked { #expect(try await task.value.errors.isEmpty) }
        for producer in producers { await producer.close(limit: .zero) }
    }
}

private final class Count: Sendable {
    let value = Atomic(0)
}
