public import Daybook
import KafkaClient

extension KafkaLog {
    public func createStreams(_ streams: [StreamSpecification]) async throws {
        try await asking {
            let metadata = try await admin.metadata(limit: configuration.requestTimeout)
            let existing = Set(metadata.topics.map(\.name))
            try await check(streams.filter { existing.contains($0.name) })
            let missing = streams.filter { !existing.contains($0.name) }
            let replication = configuration.replication ?? Int32(clamping: min(3, metadata.brokers.count))
            let failures = try await admin.createTopics(
                missing.map { stream in
                    NewTopic(
                        name: stream.name, partitions: stream.partitions, replication: replication,
                        configuration: StreamConfiguration(
                            stream: stream, maximumRecordBytes: maximumRecordBytes
                        ).properties(replication: replication))
                })
            // Another server was faster: then it must have made the same.
            try await check(missing.filter { failures[$0.name]?.code == .topicAlreadyExists })
            for (name, error) in failures.sorted(by: { $0.key < $1.key }) where error.code != .topicAlreadyExists {
                throw LogError(creating: name, error)
            }
            note(streams)
        }
    }

    /// Holds existing topics against what they should be.
    private func check(_ streams: [StreamSpecification]) async throws {
        guard !streams.isEmpty else { return }
        for stream in streams {
            let actual = try await describe(stream.name)
            let wanted = StreamConfiguration(stream: stream, maximumRecordBytes: maximumRecordBytes)
            if let reason = wanted.mismatch(partitions: actual.partitions, actual.properties) {
                throw LogError.streamMismatch(stream: stream.name, reason: reason)
            }
        }
    }

    /// A topic that may be so young that not every broker knows it.
    private func describe(_ name: String) async throws -> (partitions: Int32, properties: [String: String]) {
        let end = ContinuousClock.now + configuration.requestTimeout
        while true {
            do {
                let partitions = try await admin.partitionCount(of: name, limit: configuration.requestTimeout)
                let properties = try await admin.configurations(ofTopics: [name])[name]?.get() ?? []
                return (partitions, properties.values)
            } catch let error as KafkaError where error.code == .unknownTopicOrPartition && ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    public func streams() async throws -> [String: StreamSpecification] {
        try await asking {
            let topics = try await admin.metadata(limit: configuration.requestTimeout).topics.filter {
                $0.error == nil && !$0.name.hasPrefix("__")
            }
            let configurations = try await admin.configurations(ofTopics: topics.map(\.name))
            var streams: [String: StreamSpecification] = [:]
            for topic in topics {
                // Others' topics may be none of our business.
                guard let properties = try? configurations[topic.name]?.get() else { continue }
                streams[topic.name] = StreamSpecification(
                    name: topic.name, partitions: topic.partitions,
                    cleanup: StreamConfiguration.cleanup(properties.values))
            }
            return streams
        }
    }

    public func checkHealth() async throws {
        try await asking {
            let used = usedStreams
            // Whoever asks after somebody's health does not wait for long.
            let metadata = try await admin.metadata(limit: min(configuration.requestTimeout, .milliseconds(2500)))
            for topic in metadata.topics where used.contains(topic.name) {
                if let error = topic.error { throw error }
                if topic.partitionsWithoutLeader > 0 {
                    throw LogError.unavailable(
                        "\(topic.partitionsWithoutLeader) of \(topic.partitions) partitions of \(topic.name) have no broker that takes writes"
                    )
                }
            }
        }
    }
}

extension [TopicProperty] {
    fileprivate var values: [String: String] {
        Dictionary(compactMap { property in property.value.map { (property.name, $0) } }, uniquingKeysWith: { $1 })
    }
}

extension LogError {
    fileprivate init(creating name: String, _ error: KafkaError) {
        self =
            if error.isRetriable {
                .unavailable("stream \(name) could not be created: \(error.message)")
            } else if error.isAuthorization {
                .refused(
                    "stream \(name) does not exist and may not be created (\(error.message)); let the user of this client create topics, or create it beforehand"
                )
            } else {
                .refused("stream \(name) could not be created: \(error.message) (\(error.code.name))")
            }
    }
}
