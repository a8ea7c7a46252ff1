import Daybook
import Synchronization

/// Writes transactions. While one is open its holder alone appends, so its offsets are final at once and an abort leaves no gap.
final class SQLiteTransactionalWriter: TransactionalWriter {
    private let id: String
    private let number: Int
    private let log: SQLiteLog

    /// Takes the id over from its earlier holder, whose open transaction is resolved before this returns.
    init(id: String, _ log: SQLiteLog) async throws {
        self.id = id
        self.log = log
        let (number, abandoned) = log.writers.take(id)
        self.number = number
        for gate in abandoned { log.queue.abort(gate, LogError.fenced) }
        // A commit that is under way comes before this on the writer's queue: it is durable, or refused, when this returns.
        try await log.queue.perform("to take the id \(id)") { try GroupTable.fence(id, $0) }
    }

    func transaction<Result: Sendable>(
        _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        let gate = TransactionGate()
        try log.writers.begin(gate, id, number)
        defer { log.writers.end(gate, id, number) }
        try await log.queue.open(gate)
        log.watch.begin(gate)
        defer { log.watch.end(gate) }
        let transaction = SQLiteTransaction(log, gate)
        defer { transaction.release() }
        do {
            let result = try await body(transaction)
            try Task.checkCancellation()
            let (plan, changes) = transaction.finish()
            // Checked inside the commit as well: a new holder of the id may come until then.
            let fence = CommitQueue.Change(
                action: "to commit", apply: { [log, id, number] _ in try log.writers.check(id, number) })
            try await log.queue.commit(gate, plan, [fence] + changes)
            return result
        } catch {
            log.queue.abort(gate, error)
            throw error
        }
    }

    func close() async {
        for gate in log.writers.drop(id, number) { log.queue.abort(gate, LogError.closed) }
    }
}
