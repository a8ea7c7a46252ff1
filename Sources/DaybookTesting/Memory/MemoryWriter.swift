import Daybook

/// Writes transactions to a ``MemoryLog``.
struct MemoryWriter: TransactionalWriter {
    let log: MemoryLog
    let producer: String
    let writer: Int

    func transaction<Result: Sendable>(
        _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result {
        let store = log.store
        let key = try await store.state.when { try $0.begin(producer, writer: writer, log: log.id) }
        let timeout = store.abort(key, after: MemoryStore.transactionTimeout)
        defer { timeout.cancel() }
        do {
            let result = try await body(MemoryTransaction(log: log, key: key))
            try Task.checkCancellation()
            try store.state.update { state throws(LogError) in try state.commit(key, log: log.id) }
            return result
        } catch {
            store.state.update { $0.abort(key, log: log.id) }
            throw error
        }
    }

    func close() async {
        log.store.state.update { $0.close(writer: writer, of: producer) }
    }
}

/// An open transaction of a ``MemoryLog``.
struct MemoryTransaction: Transaction {
    let log: MemoryLog
    let key: MemoryTransactionKey

    func append(_ records: [NewRecord]) async throws -> [Appended] {
        try Task.checkCancellation()
        let now = log.store.now()
        return try log.store.state.update { state throws(LogError) in
            try state.append(records, in: key, at: now, maximumBytes: log.maximumRecordBytes, log: log.id)
        }
    }

    func commit(_ positions: [StreamPartition: Int64], of member: any GroupMember) async throws {
        try Task.checkCancellation()
        guard let member = member as? MemoryMember, member.log.store === log.store else {
            throw LogError.refused("the member is of another log than the transaction")
        }
        try log.store.state.update { state throws(LogError) in
            try state.commit(positions, of: member.id, group: member.group, in: key, log: log.id)
        }
    }
}
