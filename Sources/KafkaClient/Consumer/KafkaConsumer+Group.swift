import CRdKafka

// Positions of the group. They belong to the group, not to the reader: reading does not move them.
extension KafkaConsumer {
    /// Moves the group's positions. An offset is that of the next message to read.
    /// - Throws: ``KafkaError`` if the group has meanwhile given a partition to another member (`illegalGeneration`,
    ///   `unknownMember`): then nothing was moved. A consumer with assigned partitions can commit only while the group
    ///   has no members.
    public func commit(_ positions: [TopicPartitionOffset]) async throws {
        guard !positions.isEmpty else { return }
        try requireGroup("commit positions")
        try await slow.run { [client] in
            try client.use("commit positions") { raw in
                let list = TopicPartitionList(positions)
                try KafkaError.check(list.withRaw { rd_kafka_commit(raw, $0, 0) }, "commit positions")
                _ = try list.positions("commit the position")
            }
        }
    }

    /// The group's positions, in the order of `partitions`; nil where it has none.
    public func committed(
        _ partitions: [TopicPartition], limit: Duration = .seconds(10)
    ) async throws -> [Int64?] {
        guard !partitions.isEmpty else { return [] }
        try requireGroup("look up committed positions")
        return try await slow.run { [client] in
            try client.use("look up committed positions") { raw in
                let list = TopicPartitionList(partitions)
                try KafkaError.check(
                    list.withRaw { rd_kafka_committed(raw, $0, limit.milliseconds) }, "look up committed positions")
                return try list.positions("look up the committed position").map { $0.offset < 0 ? nil : $0.offset }
            }
        }
    }

    /// Who this consumer is in its group now, for ``KafkaTransactionalProducer/sendOffsets(_:of:)``. To be taken after
    /// the messages it is used for, and anew after each rebalance.
    public func groupMetadata() async throws -> ConsumerGroupMetadata {
        try requireGroup("describe the membership")
        return try await slow.run { [client] in
            try client.use("describe the membership") { raw in
                guard let metadata = rd_kafka_consumer_group_metadata(raw) else {
                    throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, operation: "describe the membership")
                }
                return ConsumerGroupMetadata(consuming: metadata)
            }
        }
    }

    private func requireGroup(_ operation: String) throws {
        if options.groupID == nil { throw KafkaError.misuse(operation, "the consumer has no group") }
    }
}
