import Daybook
import GRDB

extension CommitQueue {
    /// Waits, in line with the appends, until the gate's holder alone may append. Ends with ``commit(_:_:_:)`` or ``abort(_:_:)``.
    func open(_ gate: TransactionGate) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                gate.wait(continuation)
                do {
                    try enter { $0.entries.append(.gate(gate)) }
                } catch {
                    gate.abort(error)
                }
            }
        } onCancel: {
            abort(gate, CancellationError())
        }
    }

    /// A plan for what the holder of the gate appends: its offsets are final, since nobody else gets any meanwhile.
    func makePlan() -> AppendPlan {
        AppendPlan(table, maximumRecordBytes: configuration.maximumRecordBytes, now: configuration.now())
    }

    /// Writes what a transaction appended and its changes, all or nothing, and lets the others go on.
    func commit(_ gate: TransactionGate, _ plan: AppendPlan, _ changes: [Change]) async throws {
        try gate.beginCommit()
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            database.write { [self] connection in
                let result = Result { try commitAll(plan, changes, connection) }.mapError { LogError($0, "to commit") }
                for change in changes {
                    if case .failure(let error) = result { change.finish(error) } else { change.finish(nil) }
                }
                release(gate)
                continuation.resume(with: result)
                database.foldWriteAheadLog(connection)
            }
        }
    }

    /// Ends a transaction of which nothing was written; when its commit is under way already, that goes on.
    func abort(_ gate: TransactionGate, _ error: any Error) {
        if gate.abort(error) { release(gate) }
    }

    func release(_ gate: TransactionGate) {
        settle { if $0.gate === gate { $0.gate = nil } }
    }

    private func commitAll(_ plan: AppendPlan, _ changes: [Change], _ connection: Database) throws {
        if plan.records == 0, changes.isEmpty { return }
        try inTransaction(connection) {
            try plan.write(connection, encoder)
            for change in changes { try change.apply(connection) }
        }
        counters.committed(records: plan.records, bytes: plan.bytes)
        publish(plan)
    }
}
