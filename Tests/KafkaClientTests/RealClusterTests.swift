import KafkaClient
import Testing

/// What only a real broker can show.
@Suite(.needsBroker, .timeLimit(.minutes(2))) struct RealClusterTests {
    typealias Offset = TopicPartitionOffset

    // MARK: Messages

    @Test func keepsEveryDetailOfAMessage() async throws {
        try await RealCluster.withTopic(["retention.ms": "-1"]) { topic, _ in
            let producer = try KafkaProducer(RealCluster.configuration(["compression.type": "lz4"]))
            var headers = PackedHeaders()
            headers.append("a", "1")
            headers.append("null", [UInt8]?.none)
            headers.append("a", [])
            let sent = [nil, [], [1, 2]].flatMap { key in
                [nil, [], [3]].map {
                    OutgoingMessage(
                        topic: topic, partition: 0, key: key, value: $0, headers: headers.bytes, timestamp: 1_000)
                }
            }
            let results = try await producer.produce(sent)
            #expect(try results.offsets == Array(0..<9))
            #expect(try results[0].get().timestamp == 1_000)
            let consumer = try KafkaConsumer(RealCluster.configuration())
            try await consumer.assign([Offset(topic, 0, Offset.beginning)])
            let received = try await consumer.read(9)
            #expect(received.map(\.key) == sent.map(\.key))
            #expect(received.map(\.value) == sent.map(\.value))
            #expect(received.allSatisfy { $0.headers == headers.bytes && $0.timestamp == 1_000 })
            await consumer.close()
            await producer.close()
        }
    }

    @Test func theBrokersTimeIsReportedWhereTheTopicSaysSo() async throws {
        try await RealCluster.withTopic(["message.timestamp.type": "LogAppendTime"]) { topic, admin in
            let producer = try KafkaProducer(RealCluster.configuration())
            let results = try await producer.produce(
                (0..<3).map { _ in OutgoingMessage(topic: topic, partition: 0, value: [], timestamp: 5) })
            let times = try results.map { try $0.get().timestamp }
            #expect(times.allSatisfy { $0 > 1_700_000_000_000 })
            let consumer = try KafkaConsumer(RealCluster.configuration())
            try await consumer.assign([Offset(topic, 0, 0)])
            let received = try await consumer.read(3)
            #expect(received.map(\.timestamp) == times)
            #expect(received.allSatisfy { $0.timestampType == .logAppendTime })
            await consumer.close()
            await producer.close()
        }
    }

    @Test func namesATopicThatIsNotThere() async throws {
        let producer = try KafkaProducer(RealCluster.configuration())
        try await RealCluster.withTopic { topic, _ in
            let results = try await producer.produce([message("a", of: unique("missing")), message("b", of: topic)])
            #expect(results.errors.map(\.code) == [.unknownTopicOrPartition])
            #expect(try results[1].get().offset == 0)
        }
        await producer.close()
    }

    @Test func aMessageTooLargeForTheTopicIsAnErrorOfItsOwn() async throws {
        try await RealCluster.withTopic(partitions: 2, ["max.message.bytes": "1000"]) { topic, _ in
            let producer = try KafkaProducer(RealCluster.configuration())
            let large = message(String(repeating: "x", count: 5000), of: topic)
            let results = try await producer.produce([large, message("b", to: 1, of: topic)])
            #expect(results.errors.map(\.code) == [.messageTooLarge])
            #expect(results.errors.first?.mayBeStored == false)
            #expect(try results[1].get().offset == 0)
            #expect(try await producer.produce([message("c", of: topic)]).offsets == [0])
            await producer.close()
        }
    }

    // MARK: Transactions

    @Test func readersSeeOnlyWhatWasCommitted() async throws {
        try await RealCluster.withTopic { topic, admin in
            let producer = try await RealCluster.transactional(unique("tx"))
            try await producer.withTransaction {
                _ = try await producer.produce([message("kept", of: topic)]).offsets
            }
            struct Failure: Error {}
            await #expect(throws: Failure.self) {
                try await producer.withTransaction {
                    _ = try await producer.produce([message("dropped", of: topic)]).offsets
                    throw Failure()
                }
            }
            try await producer.begin()
            let open = try await producer.produce([message("open", of: topic)]).offsets

            let committed = try KafkaConsumer(RealCluster.configuration())
            try await committed.assign([Offset(topic, 0, 0)])
            let (messages, ends) = try await committed.readToEnd()
            #expect(messages.map { text($0.value) } == ["kept"])
            // The end of what may be seen lies behind the markers and the dropped message, before the open one.
            let partition = TopicPartition(topic, 0)
            #expect(ends[partition] == open.first)
            #expect(try await admin.offsets(of: [partition], at: .end)[partition] == open.first)

            var options = KafkaConsumer.Options()
            options.isolation = .readUncommitted
            let all = try KafkaConsumer(RealCluster.configuration(), options)
            try await all.assign([Offset(topic, 0, 0)])
            #expect(try await all.read(3).map { text($0.value) } == ["kept", "dropped", "open"])
            let other = try KafkaAdmin(RealCluster.configuration(), isolation: .readUncommitted)
            #expect(try await other.offsets(of: [partition], at: .end)[partition] == open.first.map { $0 + 1 })

            try await producer.commit()
            #expect(try await committed.read(1).map { text($0.value) } == ["open"])
            // A marker is the last thing in the log; the end is told behind it.
            let end = try await committed.readToAnEnd()
            #expect(end == open.first.map { $0 + 2 })
            #expect(try await admin.offsets(of: [partition], at: .end)[partition] == end)
            await other.close()
            await all.close()
            await committed.close()
            await producer.close()
        }
    }

    @Test func theEndIsToldWhereOnlyAnAbortedTransactionIsLeft() async throws {
        try await RealCluster.withTopic { topic, admin in
            let consumer = try KafkaConsumer(RealCluster.configuration())
            try await consumer.assign([Offset(topic, 0, 0)])
            #expect(try await consumer.readToAnEnd() == 0)
            let producer = try await RealCluster.transactional(unique("tx"))
            try await producer.begin()
            _ = try await producer.produce([message("dropped", of: topic)]).offsets
            try await producer.abort()
            // One message and one marker, neither to be seen. It is told at once, not by the next answer of the broker.
            let progress = try await consumer.first { $0.progress.first { $0.position == 2 } }
            #expect(progress.end == 2)
            #expect(!progress.isAtEnd)
            #expect(try await consumer.readToAnEnd() == 2)
            await consumer.close()
            await producer.close()
        }
    }

    @Test func theLastProducerOfAnIDFencesTheFormer() async throws {
        try await RealCluster.withTopic { topic, _ in
            let id = unique("tx")
            let former = try await RealCluster.transactional(id)
            try await former.begin()
            _ = try await former.produce([message("former", of: topic)]).offsets
            // Starting the next one aborts what the former left open.
            let next = try await RealCluster.transactional(id)
            let error = await #expect(throws: KafkaError.self) { try await former.commit() }
            #expect(error?.isFatal == true)
            await #expect(throws: KafkaError.self) { try await former.begin() }
            try await next.withTransaction { _ = try await next.produce([message("next", of: topic)]).offsets }
            let consumer = try KafkaConsumer(RealCluster.configuration())
            try await consumer.assign([Offset(topic, 0, 0)])
            #expect(try await consumer.readToEnd().messages.map { text($0.value) } == ["next"])
            await consumer.close()
            await former.close()
            await next.close()
        }
    }

    @Test func aFencedProducersMessagesFailAsFatal() async throws {
        try await RealCluster.withTopic { topic, _ in
            let id = unique("tx")
            let former = try await RealCluster.transactional(id)
            try await former.begin()
            let next = try await RealCluster.transactional(id)
            let results = try await former.produce([message("former", of: topic)])
            let error = await #expect(throws: KafkaError.self) { try await former.commit() }
            #expect(error?.isFatal == true)
            #expect(results.errors.count == 1)
            await former.close()
            await next.close()
        }
    }

    @Test func positionsMoveWithTheTransactionOrNotAtAll() async throws {
        try await RealCluster.withTopic(partitions: 2) { topic, admin in
            let group = unique("group")
            var options = KafkaConsumer.Options(groupID: group)
            options.withoutPosition = .readFromBeginning
            let consumer = try KafkaConsumer(RealCluster.configuration(), options)
            try await consumer.subscribe(to: [topic])
            _ = try await consumer.first { $0.rebalances.first }
            // Asking again agrees to the assignment; both partitions are empty.
            _ = try await consumer.readToAnEnd()
            let partitions = [TopicPartition(topic, 0), TopicPartition(topic, 1)]
            let producer = try await RealCluster.transactional(unique("tx"))
            let metadata = try await consumer.groupMetadata()
            struct Failure: Error {}
            await #expect(throws: Failure.self) {
                try await producer.withTransaction {
                    try await producer.sendOffsets([Offset(topic, 0, 7)], of: metadata)
                    throw Failure()
                }
            }
            #expect(try await consumer.committed(partitions) == [nil, nil])
            try await producer.withTransaction {
                _ = try await producer.produce([message("a", of: topic)]).offsets
                try await producer.sendOffsets([Offset(topic, 0, 7), Offset(topic, 1, 8)], of: metadata)
            }
            #expect(try await consumer.committed(partitions) == [7, 8])
            #expect(try await admin.offsets(ofGroup: group) == [partitions[0]: 7, partitions[1]: 8])
            // A member of a past generation can move nothing.
            await consumer.close()
            let error = await #expect(throws: KafkaError.self) {
                try await producer.withTransaction {
                    try await producer.sendOffsets([Offset(topic, 0, 9)], of: metadata)
                }
            }
            #expect(error?.requiresAbort == true)
            #expect(try await admin.offsets(ofGroup: group)[partitions[0]] == 7)
            await producer.close()
            try await admin.delete(group: group)
        }
    }

    // MARK: Groups

    @Test func membersShareThePartitionsAndHandThemOver() async throws {
        try await RealCluster.withTopic(partitions: 4) { topic, admin in
            let producer = try KafkaProducer(RealCluster.configuration())
            let all = Set((0..<4).map { TopicPartition(topic, $0) })
            let group = unique("group")
            func member() async throws -> KafkaConsumer {
                var options = KafkaConsumer.Options(groupID: group)
                options.withoutPosition = .readFromBeginning
                let member = try KafkaConsumer(RealCluster.configuration(), options)
                try await member.subscribe(to: [topic])
                return member
            }
            func assigned(_ batch: ConsumerBatch) -> Set<TopicPartition>? {
                for case .assigned(let partitions) in batch.rebalances { return Set(partitions) }
                return nil
            }
            let first = try await member()
            #expect(try await first.first(assigned) == all)
            _ = try await producer.produce((0..<40).map { message("\($0)", to: $0 % 4, of: topic) }).offsets
            #expect(try await first.read(40).count == 40)

            // A second one comes: the first is asked for its partitions, commits, and gets some of them back.
            let second = try await member()
            async let its = second.first(assigned)
            var revoked: Set<TopicPartition> = []
            let mine = try await first.first { batch in
                for case .revoked(let partitions, let lost) in batch.rebalances {
                    revoked = Set(partitions)
                    #expect(!lost)
                    return true
                }
                return nil
            }
            #expect(mine)
            #expect(revoked == all)
            try await first.commit(all.map { TopicPartitionOffset($0, 10) })
            let kept = try await first.first(assigned)
            let given = try await its
            #expect(kept.count == 2)
            #expect(kept.union(given) == all)

            let description = try await admin.describe(group: group)
            #expect(description.state == .stable)
            #expect(Set(description.members.flatMap(\.partitions)) == all)
            #expect(try await admin.groups().contains(group))

            // The first leaves without being asked; the second goes on from where the group was.
            await first.close()
            #expect(try await second.first(assigned) == all)
            _ = try await producer.produce((0..<4).map { message("\($0)", to: $0, of: topic) }).offsets
            #expect(Set(try await second.read(4).map(\.offset)) == [10])
            await second.close()
            #expect(try await admin.describe(group: group).state == .empty)
            try await admin.delete(group: group)
            await producer.close()
        }
    }

    /// librdkafka 2.0.2 answers no question that reaches it while it says goodbye.
    @Test func aMemberThatLeavesIsNotHeldUp() async throws {
        try await RealCluster.withTopic(partitions: 4) { topic, _ in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<8 {
                    tasks.addTask {
                        for _ in 0..<15 {
                            let consumer = try KafkaConsumer(
                                RealCluster.configuration(), .init(groupID: unique("group")))
                            try await consumer.subscribe(to: [topic])
                            let rebalance = try await consumer.first { $0.rebalances.first }
                            guard case .assigned(let partitions) = rebalance else {
                                Issue.record("\(rebalance) came first")
                                return
                            }
                            consumer.start(at: partitions.map { TopicPartitionOffset($0, 0) })
                            consumer.interrupt()
                            _ = try await consumer.next()
                            await consumer.close()
                        }
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    @Test func aMemberChoosesWhereToStart() async throws {
        try await RealCluster.withTopic { topic, admin in
            let producer = try KafkaProducer(RealCluster.configuration())
            _ = try await producer.produce((0..<10).map { message("\($0)", of: topic) }).offsets
            let group = unique("group")
            let consumer = try KafkaConsumer(RealCluster.configuration(), .init(groupID: group))
            try await consumer.subscribe(to: [topic])
            _ = try await consumer.first { $0.rebalances.first }
            consumer.start(at: [Offset(topic, 0, 6)])
            #expect(try await consumer.read(4).map(\.offset) == [6, 7, 8, 9])
            await consumer.close()
            await producer.close()
        }
    }

    @Test func aCommitOfALostPartitionIsRefused() async throws {
        try await RealCluster.withTopic(partitions: 1) { topic, admin in
            let group = unique("group")
            var options = KafkaConsumer.Options(groupID: group)
            options.withoutPosition = .readFromBeginning
            options.maxPollInterval = options.sessionTimeout
            let slow = try KafkaConsumer(RealCluster.configuration(["heartbeat.interval.ms": "200"]), options)
            try await slow.subscribe(to: [topic])
            _ = try await slow.first { $0.rebalances.first }
            _ = try await slow.readToAnEnd()
            // It asks for nothing any more; another member comes and gets the partition.
            let next = try KafkaConsumer(RealCluster.configuration(), .init(groupID: group))
            try await next.subscribe(to: [topic])
            _ = try await next.first { $0.rebalances.first }
            let error = await #expect(throws: KafkaError.self) { try await slow.commit([Offset(topic, 0, 5)]) }
            #expect(
                [.illegalGeneration, .unknownMember].contains(error?.code) || error?.isRetriable == true,
                "\(String(describing: error))")
            #expect(try await admin.offsets(ofGroup: group).isEmpty)
            await slow.close()
            await next.close()
        }
    }

    @Test func aMemberThatWaitsKeepsItsPlace() async throws {
        try await RealCluster.withTopic(partitions: 1) { topic, admin in
            let group = unique("group")
            var options = KafkaConsumer.Options(groupID: group)
            options.withoutPosition = .readFromBeginning
            options.maxPollInterval = options.sessionTimeout
            let consumer = try KafkaConsumer(RealCluster.configuration(["heartbeat.interval.ms": "200"]), options)
            try await consumer.subscribe(to: [topic])
            _ = try await consumer.first { $0.rebalances.first }
            _ = try await consumer.readToAnEnd()
            // No message for longer than the limit on asking for some.
            let waiting = Task { try await consumer.next() }
            try await Task.sleep(for: options.maxPollInterval * 1.5)
            #expect(try await admin.describe(group: group).members.count == 1)
            let producer = try KafkaProducer(RealCluster.configuration())
            _ = try await producer.produce([message("a", of: topic)]).offsets
            #expect(try await waiting.value?.messages.count == 1)
            await producer.close()
            await consumer.close()
        }
    }

    @Test func aNamedMemberComesBackWithoutARebalance() async throws {
        try await RealCluster.withTopic(partitions: 1) { topic, admin in
            let group = unique("group")
            func member() async throws -> KafkaConsumer {
                var options = KafkaConsumer.Options(groupID: group)
                options.groupInstanceID = "me"
                options.sessionTimeout = .seconds(30)
                let member = try KafkaConsumer(RealCluster.configuration(), options)
                try await member.subscribe(to: [topic])
                _ = try await member.first { $0.rebalances.first }
                return member
            }
            let first = try await member()
            _ = try await first.next()
            await first.close()
            // It did not say goodbye: its place is kept.
            #expect(try await admin.describe(group: group).members.count == 1)
            let second = try await member()
            #expect(try await admin.describe(group: group).members.count == 1)
            await second.close()
        }
    }

    // MARK: Administration

    @Test func createsDescribesAndChangesTopics() async throws {
        try await RealCluster.withTopic(partitions: 3, ["cleanup.policy": "compact"]) { topic, admin in
            #expect(try await admin.partitionCount(of: topic) == 3)
            let again = try await admin.createTopics([
                NewTopic(name: topic, partitions: 3), NewTopic(name: "not/valid", partitions: 1),
            ])
            #expect(again[topic]?.code == .topicAlreadyExists)
            #expect(again["not/valid"] != nil)
            /// A broker shows a change a moment after it was made: waits for it.
            func own(become expected: [String: String?]) async throws {
                var own: [String: String?] = [:]
                repeat {
                    let properties = try await admin.configurations(ofTopics: [topic])[topic]?.get() ?? []
                    #expect(properties.contains { $0.name == "retention.ms" })
                    own = Dictionary(uniqueKeysWithValues: properties.filter(\.isOwn).map { ($0.name, $0.value) })
                } while own != expected
            }
            try await own(become: ["cleanup.policy": "compact"])
            try await admin.configure(topic: topic, ["retention.ms": "3600000"])
            try await own(become: ["cleanup.policy": "compact", "retention.ms": "3600000"])
            try await admin.configure(topic: topic, ["cleanup.policy": nil])
            try await own(become: ["retention.ms": "3600000"])
            let metadata = try await admin.metadata()
            #expect(metadata.topics.first { $0.name == topic }?.partitions == 3)
            #expect(metadata.topics.first { $0.name == topic }?.replication == 1)
            #expect(metadata.clusterID?.isEmpty == false)
            #expect(metadata.controller != nil)
            #expect(!metadata.brokers.isEmpty)
        }
    }

    @Test func namesWhatDoesNotExist() async throws {
        let admin = try KafkaAdmin(RealCluster.configuration())
        let missing = unique("missing")
        let topic = await #expect(throws: KafkaError.self) { try await admin.partitionCount(of: missing) }
        #expect(topic?.code == .unknownTopicOrPartition)
        let configuration = await #expect(throws: KafkaError.self) {
            try await admin.configurations(ofTopics: [missing])[missing]?.get()
        }
        #expect(configuration?.code == .unknownTopicOrPartition)
        let offsets = await #expect(throws: KafkaError.self) {
            try await admin.offsets(of: [TopicPartition(missing, 0)], at: .end)
        }
        #expect(offsets?.code == .unknownPartition)
        let group = await #expect(throws: KafkaError.self) { try await admin.delete(group: missing) }
        #expect(group?.code == .groupNotFound)
        #expect(try await admin.describe(group: missing).state == .dead)
        #expect(try await admin.offsets(ofGroup: missing).isEmpty)
        #expect(try await admin.deleteTopics([missing])[missing]?.code == .unknownTopicOrPartition)
        await admin.close()
    }

    @Test func findsOffsetsByTime() async throws {
        try await RealCluster.withTopic(partitions: 2, ["retention.ms": "-1"]) { topic, admin in
            let producer = try KafkaProducer(RealCluster.configuration())
            let sent = [100, 200, 300].map {
                OutgoingMessage(topic: topic, partition: 0, value: [], timestamp: $0)
            }
            _ = try await producer.produce(sent).offsets
            let partitions = [TopicPartition(topic, 0), TopicPartition(topic, 1)]
            func offsets(_ query: OffsetQuery) async throws -> [Int64?] {
                let found = try await admin.offsets(of: partitions, at: query)
                return partitions.map { found[$0] }
            }
            #expect(try await offsets(.beginning) == [0, 0])
            #expect(try await offsets(.end) == [3, 0])
            #expect(try await offsets(.time(0)) == [0, 0])
            #expect(try await offsets(.time(101)) == [1, 0])
            #expect(try await offsets(.time(300)) == [2, 0])
            #expect(try await offsets(.time(301)) == [3, 0])
            await producer.close()
        }
    }

    @Test func deletedRecordsAreOutOfRange() async throws {
        try await RealCluster.withTopic { topic, admin in
            let producer = try KafkaProducer(RealCluster.configuration())
            _ = try await producer.produce((0..<10).map { message("\($0)", of: topic) }).offsets
            let partition = TopicPartition(topic, 0)
            let strict = try KafkaConsumer(RealCluster.configuration())
            #expect(try await admin.deleteRecords(before: [Offset(partition, 4)]) == [partition: 4])
            #expect(try await admin.offsets(of: [partition], at: .beginning) == [partition: 4])
            try await strict.assign([Offset(partition, 3)])
            let failure = try await strict.first { $0.failures.first }
            #expect(failure.topicPartition == partition)
            #expect(failure.isOutOfRange)
            // Assigned anew, it goes on.
            try await strict.assign([Offset(partition, 4)])
            #expect(try await strict.read(6).first?.offset == 4)
            #expect(try await admin.deleteRecords(before: [Offset(partition, Offset.end)]) == [partition: 10])
            await strict.close()
            await producer.close()
        }
    }

    @Test func positionsOfAGroupWithoutMembersCanBeSet() async throws {
        try await RealCluster.withTopic(partitions: 2) { topic, admin in
            let group = unique("group")
            let partitions = [TopicPartition(topic, 0), TopicPartition(topic, 1)]
            try await admin.setOffsets(ofGroup: group, to: [Offset(topic, 0, 3)])
            #expect(try await admin.offsets(ofGroup: group) == [partitions[0]: 3])
            #expect(try await admin.offsets(ofGroup: group, partitions) == [partitions[0]: 3])
            let consumer = try KafkaConsumer(RealCluster.configuration(), .init(groupID: group))
            try await consumer.subscribe(to: [topic])
            _ = try await consumer.first { $0.rebalances.first }
            // Whoever has members is left alone.
            await #expect(throws: KafkaError.self) {
                try await admin.setOffsets(ofGroup: group, to: [Offset(topic, 0, 1)])
            }
            let busy = await #expect(throws: KafkaError.self) { try await admin.delete(group: group) }
            #expect(busy?.code == .nonEmptyGroup)
            await consumer.close()
            try await admin.delete(group: group)
            #expect(try await admin.offsets(ofGroup: group).isEmpty)
        }
    }
}
