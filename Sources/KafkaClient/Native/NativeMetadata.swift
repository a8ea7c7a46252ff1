import CRdKafka

/// Owner of what the cluster says about itself, `rd_kafka_metadata`.
struct NativeMetadata: ~Copyable {
    private let raw: UnsafePointer<rd_kafka_metadata>

    /// Asks about one topic, or about all if there is none given. Blocks.
    init(of client: OpaquePointer, topic: OpaquePointer?, timeout: Duration, operation: String) throws {
        var raw: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client, topic == nil ? 1 : 0, topic, &raw, timeout.milliseconds)
        try KafkaError.check(code, operation)
        guard let raw else { throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, operation: operation) }
        self.raw = raw
    }

    deinit {
        rd_kafka_metadata_destroy(raw)
    }

    func withRaw<Result>(_ body: (rd_kafka_metadata) throws -> Result) rethrows -> Result {
        try body(raw.pointee)
    }

    func partitionCount(of topic: String) throws -> Int32 {
        try withRaw { metadata in
            for entry in UnsafeBufferPointer(start: metadata.topics, count: Int(metadata.topic_cnt))
            where String(cString: entry.topic) == topic {
                // A topic may be known although some leader is being elected.
                if entry.partition_cnt > 0 { return entry.partition_cnt }
                try KafkaError.check(entry.err, "look up topic \(topic)")
            }
            throw KafkaError(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, operation: "look up topic \(topic)")
        }
    }
}
