import CRdKafka

extension KafkaAdmin {
    /// Creates topics, each on its own: some may be created although others are not. Returns when those created can be
    /// seen; other brokers may know of them a little later.
    /// - Returns: why topics were not created, by name; `topicAlreadyExists` among them.
    public func createTopics(
        _ topics: [NewTopic], limit: Duration = .seconds(30)
    ) async throws -> [String: KafkaError] {
        guard !topics.isEmpty else { return [:] }
        let failures = try await request("create topics", RD_KAFKA_ADMIN_OP_CREATETOPICS, limit: limit) {
            raw, options, queue in
            var natives: [OpaquePointer?] = []
            defer { rd_kafka_NewTopic_destroy_array(&natives, natives.count) }
            for topic in topics { natives.append(try Self.native(topic)) }
            rd_kafka_CreateTopics(raw, &natives, natives.count, options, queue)
        } receive: { event in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            return Self.failures(elements(results, count), "create topic")
        }
        let created = topics.map(\.name).filter { failures[$0] == nil }
        try await slow.run { [client] in
            try repeatedly(for: limit, while: { $0.code == .unknownTopicOrPartition }) {
                for topic in created { _ = try Self.partitionCount(of: topic, client, limit: limit) }
            }
        }
        return failures
    }

    private static func native(_ topic: NewTopic) throws -> OpaquePointer {
        let operation = "create topic \(topic.name)"
        let native = try withErrorText { text, size in
            let replication = topic.replication ?? -1
            guard let native = rd_kafka_NewTopic_new(topic.name, topic.partitions, replication, text, size) else {
                throw KafkaError.invalid(operation, String(cString: text))
            }
            return native
        }
        for (name, value) in topic.configuration {
            let code = rd_kafka_NewTopic_set_config(native, name, value)
            if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                rd_kafka_NewTopic_destroy(native)
                throw KafkaError(code, operation: operation)
            }
        }
        return native
    }

    /// Deletes topics with all their messages, each on its own.
    /// - Returns: why topics were not deleted, by name.
    public func deleteTopics(_ names: [String], limit: Duration = .seconds(30)) async throws -> [String: KafkaError] {
        guard !names.isEmpty else { return [:] }
        return try await request("delete topics", RD_KAFKA_ADMIN_OP_DELETETOPICS, limit: limit) { raw, options, queue in
            var natives: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new($0) }
            defer { rd_kafka_DeleteTopic_destroy_array(&natives, natives.count) }
            rd_kafka_DeleteTopics(raw, &natives, natives.count, options, queue)
        } receive: { event in
            var count = 0
            let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
            return Self.failures(elements(results, count), "delete topic")
        }
    }

    private static func failures(_ results: [OpaquePointer], _ operation: String) -> [String: KafkaError] {
        var failures: [String: KafkaError] = [:]
        for result in results {
            let code = rd_kafka_topic_result_error(result)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { continue }
            let name = String(cString: rd_kafka_topic_result_name(result))
            let text = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
            failures[name] = KafkaError(code, operation: "\(operation) \(name)", message: text)
        }
        return failures
    }

    /// How topics are configured, defaults included, or why a topic does not tell.
    public func configurations(
        ofTopics names: [String], limit: Duration = .seconds(10)
    ) async throws -> [String: Result<[TopicProperty], KafkaError>] {
        guard !names.isEmpty else { return [:] }
        return try await request(
            "describe topics", RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, limit: limit
        ) { raw, options, queue in
            var natives: [OpaquePointer?] = names.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0) }
            defer { rd_kafka_ConfigResource_destroy_array(&natives, natives.count) }
            rd_kafka_DescribeConfigs(raw, &natives, natives.count, options, queue)
        } receive: { event in
            var count = 0
            let result = rd_kafka_event_DescribeConfigs_result(event)
            let resources = elements(rd_kafka_DescribeConfigs_result_resources(result, &count), count)
            var configurations: [String: Result<[TopicProperty], KafkaError>] = [:]
            for resource in resources {
                if let error = Self.error(of: resource, "describe topic") {
                    configurations[Self.name(of: resource)] = .failure(error)
                    continue
                }
                var entries = 0
                let configs = rd_kafka_ConfigResource_configs(resource, &entries)
                configurations[Self.name(of: resource)] = .success(elements(configs, entries).map(TopicProperty.init))
            }
            return configurations
        }
    }

    /// Changes properties of a topic and leaves its others as they are; nil goes back to the default.
    ///
    /// The cluster can only be told all of a topic's own properties at once, so a change made by somebody else at the
    /// same moment may be undone.
    public func configure(
        topic: String, _ changes: [String: String?], limit: Duration = .seconds(10)
    ) async throws {
        var own = try await ownProperties(of: topic, limit: limit)
        for (name, value) in changes { own[name] = value }
        let properties = own
        try await request(
            "configure topic \(topic)", RD_KAFKA_ADMIN_OP_ALTERCONFIGS, limit: limit
        ) { raw, options, queue in
            var natives = [rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)]
            defer { rd_kafka_ConfigResource_destroy_array(&natives, natives.count) }
            for (name, value) in properties {
                try KafkaError.check(
                    rd_kafka_ConfigResource_set_config(natives[0], name, value), "configure topic \(topic)")
            }
            rd_kafka_AlterConfigs(raw, &natives, natives.count, options, queue)
        } receive: { event in
            var count = 0
            let result = rd_kafka_event_AlterConfigs_result(event)
            for resource in elements(rd_kafka_AlterConfigs_result_resources(result, &count), count) {
                if let error = Self.error(of: resource, "configure topic") { throw error }
            }
        }
    }

    private func ownProperties(of topic: String, limit: Duration) async throws -> [String: String] {
        var own: [String: String] = [:]
        let properties = try await configurations(ofTopics: [topic], limit: limit)[topic]?.get() ?? []
        for property in properties where property.isOwn { own[property.name] = property.value }
        return own
    }

    private static func name(of resource: OpaquePointer) -> String {
        String(cString: rd_kafka_ConfigResource_name(resource))
    }

    private static func error(of resource: OpaquePointer, _ operation: String) -> KafkaError? {
        let code = rd_kafka_ConfigResource_error(resource)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { return nil }
        let text = rd_kafka_ConfigResource_error_string(resource).map { String(cString: $0) }
        return KafkaError(code, operation: "\(operation) \(name(of: resource))", message: text)
    }
}

extension TopicProperty {
    fileprivate init(_ entry: OpaquePointer) {
        self.init(
            name: String(cString: rd_kafka_ConfigEntry_name(entry)),
            value: rd_kafka_ConfigEntry_value(entry).map { String(cString: $0) },
            isOwn: rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
    }
}
