import CRdKafka

/// Owner of messages just taken from a consumer's queue.
struct MessageBatch: ~Copyable {
    private let messages: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private let count: Int

    /// Takes what is there, without waiting. (With a time limit librdkafka would wait until `max` are there.)
    init(from queue: OpaquePointer, max: Int) {
        messages = .allocate(capacity: max)
        // -1, an error, is answered only if a limit of time or number makes no sense.
        count = Swift.max(0, rd_kafka_consume_batch_queue(queue, 0, messages.baseAddress, max))
    }

    deinit {
        for message in messages[..<count] { rd_kafka_message_destroy(message) }
        messages.deallocate()
    }

    /// Copies everything out: a message that is held keeps the whole answer of the broker in memory.
    /// - Returns: also which partitions there are messages of, maybe some more than once.
    func contents() -> (batch: ConsumerBatch, partitions: [TopicPartition]) {
        var batch = ConsumerBatch()
        var partitions: [TopicPartition] = []
        batch.messages.reserveCapacity(count)
        // Neighbours mostly share their topic; its name is made once per run, not per message.
        var headers = NativeHeaders.Scratch()
        var topic: (handle: OpaquePointer, name: String)?
        for case let message? in messages[..<count] {
            guard let handle = message.pointee.rkt else {
                batch.failures.append(failure(of: message, topic: nil))
                continue
            }
            if topic?.handle != handle { topic = (handle, String(cString: rd_kafka_topic_name(handle))) }
            let name = topic?.name ?? ""
            switch message.pointee.err {
            case RD_KAFKA_RESP_ERR_NO_ERROR:
                batch.messages.append(IncomingMessage(message, topic: name, &headers))
                if partitions.last?.partition != message.pointee.partition || partitions.last?.topic != name {
                    partitions.append(TopicPartition(name, message.pointee.partition))
                }
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                batch.progress.append(
                    PartitionProgress(
                        topicPartition: TopicPartition(name, message.pointee.partition),
                        position: message.pointee.offset, end: message.pointee.offset, isAtEnd: true))
            default:
                batch.failures.append(failure(of: message, topic: name))
            }
        }
        return (batch, partitions)
    }

    private func failure(of message: UnsafePointer<rd_kafka_message_t>, topic: String?) -> ConsumerFailure {
        let partition = topic.map { TopicPartition($0, message.pointee.partition) }
        let text = rd_kafka_message_errstr(message).map { String(cString: $0) }
        let place = partition.map { $0.partition < 0 ? $0.topic : "\($0)" } ?? "messages"
        return ConsumerFailure(
            topicPartition: partition,
            error: KafkaError(message.pointee.err, operation: "read \(place)", message: text))
    }
}

extension IncomingMessage {
    fileprivate init(
        _ message: UnsafePointer<rd_kafka_message_t>, topic: String, _ scratch: inout NativeHeaders.Scratch
    ) {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = rd_kafka_message_timestamp(message, &type)
        let native = message.pointee
        self.init(
            topic: topic, partition: native.partition, offset: native.offset, timestamp: timestamp,
            timestampType: TimestampType(rawValue: UInt8(truncatingIfNeeded: type.rawValue)) ?? .none,
            key: Self.bytes(native.key, native.key_len), value: Self.bytes(native.payload, native.len),
            headers: NativeHeaders.packed(of: message, &scratch))
    }

    private static func bytes(_ start: UnsafeMutableRawPointer?, _ count: Int) -> [UInt8]? {
        guard let start else { return nil }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
