public import Daybook
import KafkaClient

extension KafkaLog {
    public func join(group: String, streams: [String], options: GroupOptions) async throws -> any GroupMember {
        try await requirePartitions(streams.map { StreamPartition($0, 0) })
        return try await asking {
            let member = try KafkaMember(self, group: group, options: options)
            children.add(member)
            do {
                try await member.subscribe(to: streams)
                // The log may have been closed before the member was among its children.
                try checkOpen()
            } catch {
                await member.leave()
                throw error
            }
            return member
        }
    }

    public func committedPositions(
        group: String, of partitions: [StreamPartition]
    ) async throws -> [StreamPartition: Int64] {
        try await asking {
            let offsets = try await admin.offsets(
                ofGroup: group, partitions.map(TopicPartition.init), limit: configuration.requestTimeout)
            return Dictionary(
                offsets.map { (StreamPartition($0.key), $0.value) }, uniquingKeysWith: { $1 })
        }
    }

    public func setCommittedPositions(group: String, to positions: [StreamPartition: Int64]) async throws {
        try await requirePartitions(positions.keys)
        try await changing(group) {
            try await admin.setOffsets(
                ofGroup: group, to: positions.topicPartitionOffsets, limit: configuration.requestTimeout)
        }
    }

    public func deleteGroup(_ group: String) async throws {
        try await changing(group) {
            do {
                try await admin.delete(group: group, limit: configuration.requestTimeout)
            } catch let error as KafkaError where error.code == .groupNotFound {}
        }
    }

    /// Does what only a group without members suffers.
    private func changing(_ group: String, _ body: () async throws -> Void) async throws {
        try await asking {
            do {
                try await body()
            } catch let error as KafkaError
                where [.nonEmptyGroup, .unknownMember, .illegalGeneration, .rebalanceInProgress].contains(error.code)
            {
                throw LogError.groupActive(group)
            }
        }
    }
}
