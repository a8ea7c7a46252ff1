import CRdKafka

extension KafkaAdmin {
    /// What is asked of groups may be asked again.
    private static let patience = Duration.seconds(2)

    /// The names of all groups. Throws if a broker could not be asked.
    public func groups(limit: Duration = .seconds(10)) async throws -> [String] {
        try await request("list groups", RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, limit: limit) { raw, options, queue in
            rd_kafka_ListConsumerGroups(raw, options, queue)
        } receive: { event in
            let result = rd_kafka_event_ListConsumerGroups_result(event)
            var count = 0
            for error in elements(rd_kafka_ListConsumerGroups_result_errors(result, &count), count) {
                throw KafkaError(borrowing: error, operation: "list groups")
            }
            let listings = elements(rd_kafka_ListConsumerGroups_result_valid(result, &count), count)
            return listings.map { String(cString: rd_kafka_ConsumerGroupListing_group_id($0)) }
        }
    }

    /// The state and the members of a group. One that does not exist is ``GroupDescription/State/dead``.
    public func describe(group: String, limit: Duration = .seconds(10)) async throws -> GroupDescription {
        let operation = "describe group \(group)"
        return try await request(
            operation, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, limit: limit, patience: Self.patience
        ) { raw, options, queue in
            group.withCString { name in
                var names: [UnsafePointer<CChar>?] = [name]
                rd_kafka_DescribeConsumerGroups(raw, &names, 1, options, queue)
            }
        } receive: { event in
            var count = 0
            let result = rd_kafka_event_DescribeConsumerGroups_result(event)
            let groups = elements(rd_kafka_DescribeConsumerGroups_result_groups(result, &count), count)
            guard let native = groups.first else { throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, operation: operation) }
            if let error = rd_kafka_ConsumerGroupDescription_error(native) {
                throw KafkaError(borrowing: error, operation: operation)
            }
            return GroupDescription(native, id: group)
        }
    }

    /// The committed positions of a group: of these partitions, or of all that have one. Partitions without one are
    /// left out.
    public func offsets(
        ofGroup group: String, _ partitions: [TopicPartition]? = nil, limit: Duration = .seconds(10)
    ) async throws -> [TopicPartition: Int64] {
        if partitions?.isEmpty == true { return [:] }
        let operation = "look up the positions of group \(group)"
        return try await request(
            operation, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, limit: limit, patience: Self.patience
        ) { raw, options, queue in
            // Positions within an open transaction would be passed over else: wait for what they will be.
            if let error = rd_kafka_AdminOptions_set_require_stable_offsets(options, 1) {
                throw KafkaError(consuming: error, operation: operation)
            }
            let native: OpaquePointer?
            if let partitions {
                native = TopicPartitionList(partitions).withRaw { rd_kafka_ListConsumerGroupOffsets_new(group, $0) }
            } else {
                native = rd_kafka_ListConsumerGroupOffsets_new(group, nil)
            }
            var natives = [native]
            defer { rd_kafka_ListConsumerGroupOffsets_destroy_array(&natives, natives.count) }
            rd_kafka_ListConsumerGroupOffsets(raw, &natives, natives.count, options, queue)
        } receive: { event in
            var count = 0
            let result = rd_kafka_event_ListConsumerGroupOffsets_result(event)
            let groups = elements(rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count), count)
            var offsets: [TopicPartition: Int64] = [:]
            for element in try Self.partitions(of: groups, operation) where element.offset >= 0 {
                offsets[element.topicPartition] = element.offset
            }
            return offsets
        }
    }

    /// Sets positions of a group that has no members.
    /// - Throws: ``KafkaError`` when it has (`unknownMember`, `nonEmptyGroup` or `rebalanceInProgress`).
    public func setOffsets(
        ofGroup group: String, to positions: [TopicPartitionOffset], limit: Duration = .seconds(10)
    ) async throws {
        guard !positions.isEmpty else { return }
        let operation = "set the positions of group \(group)"
        try await request(
            operation, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, limit: limit, patience: Self.patience
        ) { raw, options, queue in
            let list = TopicPartitionList(positions)
            var natives: [OpaquePointer?] = [list.withRaw { rd_kafka_AlterConsumerGroupOffsets_new(group, $0) }]
            defer { rd_kafka_AlterConsumerGroupOffsets_destroy_array(&natives, natives.count) }
            rd_kafka_AlterConsumerGroupOffsets(raw, &natives, natives.count, options, queue)
        } receive: { event in
            var count = 0
            let result = rd_kafka_event_AlterConsumerGroupOffsets_result(event)
            let groups = elements(rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count), count)
            _ = try Self.partitions(of: groups, operation)
        }
    }

    /// Deletes a group that has no members, with its positions.
    /// - Throws: ``KafkaError`` when it has (`nonEmptyGroup`), or is not there (`groupNotFound`), which may be this
    ///   call's own work when the answer to its first attempt was lost.
    public func delete(group: String, limit: Duration = .seconds(10)) async throws {
        let operation = "delete group \(group)"
        try await request(
            operation, RD_KAFKA_ADMIN_OP_DELETEGROUPS, limit: limit, patience: Self.patience
        ) { raw, options, queue in
            var natives: [OpaquePointer?] = [rd_kafka_DeleteGroup_new(group)]
            defer { rd_kafka_DeleteGroup_destroy_array(&natives, natives.count) }
            rd_kafka_DeleteGroups(raw, &natives, natives.count, options, queue)
        } receive: { event in
            var count = 0
            let result = rd_kafka_event_DeleteGroups_result(event)
            _ = try Self.partitions(
                of: elements(rd_kafka_DeleteGroups_result_groups(result, &count), count), operation)
        }
    }

    private static func partitions(
        of groups: [OpaquePointer], _ operation: String
    ) throws -> [TopicPartitionList.Element] {
        try groups.flatMap { group in
            if let error = rd_kafka_group_result_error(group) {
                throw KafkaError(borrowing: error, operation: operation)
            }
            let elements = TopicPartitionList.elements(of: rd_kafka_group_result_partitions(group))
            for element in elements { try KafkaError.check(element.error, "\(operation) in \(element.topicPartition)") }
            return elements
        }
    }
}

extension GroupDescription {
    fileprivate init(_ native: OpaquePointer, id: String) {
        let state: State =
            switch rd_kafka_ConsumerGroupDescription_state(native) {
            case RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE: .preparingRebalance
            case RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE: .completingRebalance
            case RD_KAFKA_CONSUMER_GROUP_STATE_STABLE: .stable
            case RD_KAFKA_CONSUMER_GROUP_STATE_DEAD: .dead
            case RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY: .empty
            default: .unknown
            }
        let members = (0..<rd_kafka_ConsumerGroupDescription_member_count(native)).compactMap { index in
            rd_kafka_ConsumerGroupDescription_member(native, index).map(Member.init)
        }
        self.init(id: id, state: state, members: members)
    }
}

extension GroupDescription.Member {
    fileprivate init(_ native: OpaquePointer) {
        let assignment = rd_kafka_MemberDescription_assignment(native).flatMap {
            rd_kafka_MemberAssignment_partitions($0)
        }
        self.init(
            id: String(cString: rd_kafka_MemberDescription_consumer_id(native)),
            clientID: String(cString: rd_kafka_MemberDescription_client_id(native)),
            host: String(cString: rd_kafka_MemberDescription_host(native)),
            partitions: TopicPartitionList.elements(of: assignment).map(\.topicPartition))
    }
}
