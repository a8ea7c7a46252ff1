public import Daybook

extension SQLiteLog {
    public func transactionalWriter(id: String) async throws -> any TransactionalWriter {
        throw LogError.unsupported(.transactions)
    }
    public func join(group: String, streams: [String], options: GroupOptions) async throws -> any GroupMember {
        throw LogError.unsupported(.consumerGroups)
    }
    public func committedPositions(
        group: String, of partitions: [StreamPartition]
    ) async throws -> [StreamPartition: Int64] {
        throw LogError.unsupported(.consumerGroups)
    }
    public func setCommittedPositions(group: String, to positions: [StreamPartition: Int64]) async throws {
        throw LogError.unsupported(.consumerGroups)
    }
    public func deleteGroup(_ group: String) async throws {
        throw LogError.unsupported(.consumerGroups)
    }
    public func trim(_ partition: StreamPartition, before offset: Int64) async throws {
        throw LogError.unsupported(.trimming)
    }
    public func checkHealth() async throws {
        try checkOpen()
    }
}
