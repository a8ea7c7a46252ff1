import CRdKafka

/// Which offset of a partition is asked for.
public enum OffsetQuery: Sendable, Hashable {
    /// That of the oldest message that may still be there.
    case beginning
    /// That which follows the last message that a reader may see; what that is, the client's isolation decides.
    case end
    /// That of the first message with this timestamp (milliseconds since 1970) or a later one; the end if there is
    /// none.
    case time(Int64)
}

extension KafkaAdmin {
    /// Offsets of many partitions, asked of each leader once.
    /// - Throws: ``KafkaError`` for the first partition that could not be asked about.
    public func offsets(
        of partitions: [TopicPartition], at query: OffsetQuery, limit: Duration = .seconds(10)
    ) async throws -> [TopicPartition: Int64] {
        guard !partitions.isEmpty else { return [:] }
        let operation = "look up offsets"
        // The wire has one field for both, so -1 and -2 pass through a call that is made for times. The calls made for
        // beginning and end ask about one partition, and in 2.0.2 never give up.
        let time: Int64 =
            switch query {
            case .beginning: TopicPartitionOffset.beginning
            case .end: TopicPartitionOffset.end
            case .time(let time): max(0, time)
            }
        let found = try await slow.run { [client] in
            try repeatedly(for: limit, while: \.isTransitional) {
                try client.use(operation) { raw in
                    let list = TopicPartitionList(partitions.map { TopicPartitionOffset($0, time) })
                    try KafkaError.check(
                        list.withRaw { rd_kafka_offsets_for_times(raw, $0, limit.milliseconds) }, operation)
                    return Dictionary(
                        try list.positions("look up the offset").map { ($0.topicPartition, $0.offset) },
                        uniquingKeysWith: { $1 })
                }
            }
        }
        // No message is that young.
        let missing = partitions.filter { found[$0].map { $0 < 0 } ?? true }
        guard case .time = query, !missing.isEmpty else { return found }
        return found.merging(try await offsets(of: missing, at: .end, limit: limit)) { $1 }
    }

    /// Drops all messages before these offsets; ``TopicPartitionOffset/end`` drops all there are.
    /// - Returns: the first offset that is left, of each partition.
    public func deleteRecords(
        before offsets: [TopicPartitionOffset], limit: Duration = .seconds(30)
    ) async throws -> [TopicPartition: Int64] {
        guard !offsets.isEmpty else { return [:] }
        return try await request(
            "delete records", RD_KAFKA_ADMIN_OP_DELETERECORDS, limit: limit
        ) { raw, options, queue in
            let list = TopicPartitionList(offsets)
            var natives: [OpaquePointer?] = [list.withRaw { rd_kafka_DeleteRecords_new($0) }]
            defer { rd_kafka_DeleteRecords_destroy_array(&natives, natives.count) }
            rd_kafka_DeleteRecords(raw, &natives, natives.count, options, queue)
        } receive: { event in
            let list = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))
            var lows: [TopicPartition: Int64] = [:]
            for element in TopicPartitionList.elements(of: list) {
                try KafkaError.check(element.error, "delete records of \(element.topicPartition)")
                lows[element.topicPartition] = element.offset
            }
            return lows
        }
    }
}
