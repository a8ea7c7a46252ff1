import CRdKafka

extension KafkaAdmin {
    /// The brokers and all topics.
    ///
    /// Where no broker can be connected to, this is told after a second, whatever the limit.
    public func metadata(limit: Duration = .seconds(10)) async throws -> ClusterMetadata {
        do {
            let patience = Duration.seconds(1)
            do {
                return try await lookUpMetadata(limit: min(limit, patience))
            } catch let error as KafkaError where error.isRetriable && limit > patience && !events.allBrokersAreDown {
                return try await lookUpMetadata(limit: limit - patience)
            }
        } catch let error as KafkaError where error.isRetriable {
            // "Timed out" helps nobody who has a wrong password.
            guard let problem = events.lastProblem else { throw error }
            throw KafkaError(
                code: error.code, operation: error.operation, message: "\(error.message); last problem: \(problem)",
                isRetriable: true)
        }
    }

    private func lookUpMetadata(limit: Duration) async throws -> ClusterMetadata {
        try await slow.run { [client, events] in
            try client.use("look up the cluster") { raw in
                let metadata = try NativeMetadata(of: raw, topic: nil, timeout: limit, operation: "look up the cluster")
                let clusterID = rd_kafka_clusterid(raw, limit.milliseconds)
                defer { clusterID.map { rd_kafka_mem_free(raw, $0) } }
                let controller = rd_kafka_controllerid(raw, limit.milliseconds)
                events.brokerAnswered()
                return metadata.withRaw {
                    ClusterMetadata(
                        clusterID: clusterID.map { String(cString: $0) }, controller: controller < 0 ? nil : controller,
                        brokers: UnsafeBufferPointer(start: $0.brokers, count: Int($0.broker_cnt)).map {
                            ClusterMetadata.Broker(id: $0.id, host: String(cString: $0.host), port: $0.port)
                        },
                        topics: UnsafeBufferPointer(start: $0.topics, count: Int($0.topic_cnt)).map(
                            ClusterMetadata.Topic.init))
                }
            }
        }
    }

    /// How many partitions a topic has.
    public func partitionCount(of topic: String, limit: Duration = .seconds(10)) async throws -> Int32 {
        try await slow.run { [client] in try Self.partitionCount(of: topic, client, limit: limit) }
    }

    static func partitionCount(of topic: String, _ client: ClientHandle, limit: Duration) throws -> Int32 {
        let operation = "look up topic \(topic)"
        return try client.use(operation) { raw in
            guard let handle = rd_kafka_topic_new(raw, topic, nil) else {
                throw KafkaError(rd_kafka_last_error(), operation: operation)
            }
            // Kept, it would be asked about for ever.
            defer { rd_kafka_topic_destroy(handle) }
            return try NativeMetadata(of: raw, topic: handle, timeout: limit, operation: operation)
                .partitionCount(of: topic)
        }
    }
}

extension ClusterMetadata.Topic {
    fileprivate init(_ native: rd_kafka_metadata_topic) {
        let name = String(cString: native.topic)
        self.init(
            name: name, partitions: native.partition_cnt,
            replication: native.partition_cnt > 0 ? Int(native.partitions[0].replica_cnt) : 0,
            partitionsWithoutLeader: UnsafeBufferPointer(start: native.partitions, count: Int(native.partition_cnt))
                .count { $0.leader < 0 },
            error: native.err == RD_KAFKA_RESP_ERR_NO_ERROR
                ? nil : KafkaError(native.err, operation: "look up topic \(name)"))
    }
}
