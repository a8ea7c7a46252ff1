import CRdKafka

/// Owner of an `rd_kafka_topic_partition_list_t`.
struct TopicPartitionList: ~Copyable {
    private let raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int = 8) {
        raw = rd_kafka_topic_partition_list_new(Int32(clamping: capacity))
    }

    init(_ partitions: some Sequence<TopicPartition>) {
        self.init()
        for partition in partitions { add(partition, offset: Int64(RD_KAFKA_OFFSET_INVALID)) }
    }

    init(_ positions: some Sequence<TopicPartitionOffset>) {
        self.init()
        for position in positions { add(position.topicPartition, offset: position.offset) }
    }

    /// Takes a list over.
    init(consuming raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        self.raw = raw
    }

    deinit {
        rd_kafka_topic_partition_list_destroy(raw)
    }

    func add(_ partition: TopicPartition, offset: Int64) {
        rd_kafka_topic_partition_list_add(raw, partition.topic, partition.partition).pointee.offset = offset
    }

    func withRaw<Result>(
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) throws -> Result
    ) rethrows -> Result {
        try body(raw)
    }

    /// One partition of an answer.
    struct Element {
        let topicPartition: TopicPartition
        let offset: Int64
        let error: rd_kafka_resp_err_t
    }

    var elements: [Element] { Self.elements(of: raw) }

    static func elements(of list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> [Element] {
        guard let list, let elements = list.pointee.elems else { return [] }
        return (0..<Int(list.pointee.cnt)).map { index in
            let element = elements[index]
            return Element(
                topicPartition: TopicPartition(String(cString: element.topic), element.partition),
                offset: element.offset, error: element.err)
        }
    }

    /// The offsets of an answer; the first partition with an error throws it.
    func positions(_ operation: String) throws -> [TopicPartitionOffset] {
        try elements.map { element in
            try KafkaError.check(element.error, "\(operation) of \(element.topicPartition)")
            return TopicPartitionOffset(element.topicPartition, element.offset)
        }
    }
}
