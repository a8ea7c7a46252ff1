import Daybook

/// A transaction that a contract holds open until it says so.
struct OpenTransaction: Sendable {
    /// The transaction's outcome.
    let task: Task<Void, any Error>
    /// Where its records lie, once they are appended.
    let appended: [Appended]
    fileprivate let gate: Watched<Bool>

    /// Lets the body come to its end.
    func finish() async throws {
        gate.fire()
        try await task.value
    }
}

extension ContractRun {
    /// Why a contract's transaction is aborted.
    struct Abort: Error {}

    func writer(_ log: any EventLog, id: String = uniqueName("contract-tx")) async throws -> any TransactionalWriter {
        try await within("a transactional writer") { try await log.transactionalWriter(id: id) }
    }

    @discardableResult
    func commit(
        _ values: [String], to partition: StreamPartition, by writer: any TransactionalWriter
    ) async throws -> [Appended] {
        try await within("a transaction to commit") {
            try await writer.transaction { try await $0.append(values.map { NewRecord(partition, Record($0)) }) }
        }
    }

    func abort(_ values: [String], to partition: StreamPartition, by writer: any TransactionalWriter) async throws {
        do {
            try await within("a transaction to abort") {
                try await writer.transaction { transaction in
                    _ = try await transaction.append(values.map { NewRecord(partition, Record($0)) })
                    throw Abort()
                }
            }
        } catch is Abort {
            return
        }
        throw ContractViolation("a transaction whose body throws did not throw that")
    }

    /// Begins a transaction in a task of its own and comes back when its records are appended.
    ///
    /// - Parameter then: what the body does after it may go on.
    func open(
        _ records: [NewRecord], by writer: any TransactionalWriter,
        then: @escaping @Sendable (any Transaction) async throws -> Void = { _ in }
    ) async throws -> OpenTransaction {
        let appended = Watched<Result<[Appended], any Error>?>(nil)
        let gate = Watched()
        let task = Task {
            do {
                try await writer.transaction { transaction in
                    let positions = try await transaction.append(records)
                    appended.update { $0 = .success(positions) }
                    try await gate.fired()
                    try await then(transaction)
                }
            } catch {
                appended.update { $0 = $0 ?? .failure(error) }
                throw error
            }
        }
        let positions = try await within("the records of a transaction to be appended") {
            try await appended.when { try $0?.get() }
        }
        return OpenTransaction(
            task: Task { try await within("a transaction to end") { try await task.value } }, appended: positions,
            gate: gate)
    }
}
