import CRdKafka

/// Finds out how far a consumer's partitions have come.
///
/// The ends of transactions pass through the consumer's queue and are never shown, yet librdkafka's position follows
/// them. So after a wake-up without a message somebody's position has moved, and it is worth looking at all.
struct ProgressTracker {
    /// Where each assigned partition was told to stand; -1 before the first time.
    private(set) var positions: [TopicPartition: Int64] = [:]

    mutating func assign(_ partitions: some Sequence<TopicPartition>) {
        positions = Dictionary(partitions.map { ($0, -1) }, uniquingKeysWith: { $1 })
    }

    mutating func add(_ partitions: some Sequence<TopicPartition>) {
        for partition in partitions { positions[partition] = -1 }
    }

    mutating func remove(_ partitions: some Sequence<TopicPartition>) {
        for partition in partitions { positions[partition] = nil }
    }

    /// Completes what a batch tells of the partitions.
    /// - Parameter partitions: those that the batch has messages of; if there are none, all are looked at.
    mutating func complete(_ batch: inout ConsumerBatch, of partitions: [TopicPartition], client: OpaquePointer) {
        for end in batch.progress { positions[end.topicPartition] = end.position }
        let atEnd = Set(batch.progress.map(\.topicPartition))
        let suspects = batch.messages.isEmpty ? Array(positions.keys) : partitions
        let list = TopicPartitionList(suspects.filter { positions[$0] != nil && !atEnd.contains($0) })
        list.withRaw { _ = rd_kafka_position(client, $0) }
        for element in list.elements where element.offset > positions[element.topicPartition] ?? -1 {
            positions[element.topicPartition] = element.offset
            batch.progress.append(
                PartitionProgress(
                    topicPartition: element.topicPartition, position: element.offset,
                    end: max(element.offset, Self.highWatermark(of: element.topicPartition, client)), isAtEnd: false))
        }
    }

    /// As the last answer of the broker told; asks nobody.
    private static func highWatermark(of partition: TopicPartition, _ client: OpaquePointer) -> Int64 {
        var low: Int64 = 0
        var high: Int64 = 0
        _ = rd_kafka_get_watermark_offsets(client, partition.topic, partition.partition, &low, &high)
        return high
    }
}
