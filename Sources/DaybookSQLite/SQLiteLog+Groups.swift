public import Daybook

extension SQLiteLog {
    public func transactionalWriter(id: String) async throws -> any TransactionalWriter {
        try checkOpen()
        return try await SQLiteTransactionalWriter(id: id, self)
    }

    public func join(group: String, streams: [String], options: GroupOptions) async throws -> any GroupMember {
        try checkOpen()
        let reader = try SQLiteLogReader(database, table, counters)
        return try await SQLiteGroupMember(group, streams: streams, options, groups, table, reader)
    }

    public func committedPositions(
        group: String, of partitions: [StreamPartition]
    ) async throws -> [StreamPartition: Int64] {
        try checkOpen()
        let committed = groups.positions(of: group)
        var result: [StreamPartition: Int64] = [:]
        for name in partitions { result[name] = committed[try table.reference(name).id] }
        return result
    }

    public func setCommittedPositions(group: String, to positions: [StreamPartition: Int64]) async throws {
        try checkOpen()
        try await groups.setPositions(try groups.ids(of: positions), of: group)
    }

    public func deleteGroup(_ group: String) async throws {
        try checkOpen()
        try await groups.delete(group)
    }
}
