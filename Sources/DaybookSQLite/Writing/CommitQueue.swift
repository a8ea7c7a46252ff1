import Daybook
import GRDB
import Synchronization

/// The one writer. Whatever is handed in while a commit is under way waits, and all of it goes into the next one: a commit costs
/// a sync of the disk, and this way many callers share it (group commit).
///
/// It runs on the database's own queue, never on the cooperative pool, and only while there is something to write.
final class CommitQueue: Sendable {
    /// A commit takes no more than this of what waits, so that no caller's wait has to include everybody else's.
    private static let maximumGroupBytes = 16 << 20

    /// Something besides appends that is written: it succeeds or fails for itself, in the transaction of its group.
    struct Change: Sendable {
        /// What it is, as "to trim a partition".
        var action: String
        var apply: @Sendable (Database) throws -> Void
        /// Called with nil once it is durable.
        var finish: @Sendable (LogError?) -> Void = { _ in }
    }

    let database: LogDatabase
    let table: PartitionTable
    let configuration: SQLiteLog.Configuration
    let counters: Counters
    let state = Mutex(CommitQueueState())
    let encoder = BatchEncoder()
    /// Called when what was appended gives the cleaner something to do.
    let whenCleaningIsDue = Mutex<(@Sendable () -> Void)?>(nil)

    init(
        _ database: LogDatabase, _ table: PartitionTable, _ configuration: SQLiteLog.Configuration, _ counters: Counters
    ) {
        self.database = database
        self.table = table
        self.configuration = configuration
        self.counters = counters
    }

    // MARK: Handing in

    /// How many appends and transactions wait.
    var waiting: Int { state.withLock { $0.entries.count } }

    func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        if records.isEmpty { return [] }
        let request = AppendRequest(records)
        if Task.isCancelled {
            return records.map { _ in
                .failure(.unavailable("the task was cancelled before the write; nothing was stored"))
            }
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                request.wait(continuation)
                do throws(LogError) {
                    let limit = configuration.maximumWaitingBytes
                    try enter { state throws(LogError) in try state.add(request, maximumBytes: limit) }
                } catch {
                    request.fail(error)
                }
            }
        } onCancel: {
            request.fail(.outcomeUnknown("the task was cancelled while the write was under way"))
        }
    }

    /// Runs the body inside the next commit, and `committed`, still on the writer's queue, once what it wrote is durable.
    func perform<Value: Sendable>(
        _ action: String, _ body: @escaping @Sendable (Database) throws -> Value,
        committed: @escaping @Sendable (Value) -> Void = { _ in }
    ) async throws -> Value {
        let outcome = Outcome<Value>()
        return try await withCheckedThrowingContinuation { continuation in
            let change = Change(
                action: action,
                apply: { outcome.set(try body($0)) },
                finish: { error in
                    if let error {
                        continuation.resume(throwing: error)
                    } else if let value = outcome.value {
                        committed(value)
                        continuation.resume(returning: value)
                    } else {
                        continuation.resume(throwing: LogError.unavailable("failed \(action): it was not run"))
                    }
                })
            do {
                try enter { $0.changes.append(change) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Packs records and inserts them, for a change that rewrites; only inside the body of one.
    func write(_ records: ArraySlice<StoredRecord>, to partition: PartitionReference, _ connection: Database) throws {
        try BatchTable.insert(connection, records, to: partition, encoder)
    }

    /// Adds to what waits and starts the writer when it rests.
    func enter(_ add: (inout CommitQueueState) throws(LogError) -> Void) throws(LogError) {
        let (gate, start) = try state.withLock { state throws(LogError) in
            if state.isClosed { throw .closed }
            try add(&state)
            return (state.takeGate(), state.startIfNeeded())
        }
        goOn(gate, start)
    }

    /// Goes on after something has ended: with what waits, or, when nothing does, with telling so.
    func settle(_ end: (inout CommitQueueState) -> Void) {
        let (gate, start, whenIdle) = state.withLock { state in
            end(&state)
            return (state.takeGate(), state.startIfNeeded(), state.takeWhenIdle())
        }
        goOn(gate, start)
        for action in whenIdle { action() }
    }

    private func goOn(_ gate: TransactionGate?, _ start: Bool) {
        // A new block instead of a loop, so that in memory, where they share the connection, readers get their turn.
        if start { database.write { [self] in commitNext($0) } }
        // A transaction that was given up while it waited must not keep the others out.
        if let gate, !gate.open() { release(gate) }
    }

    /// Takes nothing more, aborts an open transaction, and returns when what was accepted is written.
    func close() async {
        let gate = state.withLock { state in
            state.isClosed = true
            return state.gate
        }
        if let gate { abort(gate, LogError.closed) }
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.isIdle { return true }
                state.whenIdle.append { continuation.resume() }
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Drops what waits to be written. For tests of what a crash leaves behind.
    func abandon() {
        let (entries, changes) = state.withLock { state in
            state.isClosed = true
            defer {
                state.entries.removeAll()
                state.changes = []
            }
            return (state.entries, state.changes)
        }
        for entry in entries {
            switch entry {
            case .append(let request): request.fail(.closed)
            case .gate(let gate): gate.abort(LogError.closed)
            }
        }
        for change in changes { change.finish(.closed) }
    }

    // MARK: Writing, on the database's queue

    private func commitNext(_ connection: Database) {
        let group = state.withLock { $0.takeGroup(maximumBytes: Self.maximumGroupBytes) }
        if !group.appends.isEmpty || !group.changes.isEmpty { commit(group, connection) }
        database.foldWriteAheadLog(connection)
        // A transaction that was given up while it waited must not keep the others out.
        if let gate = group.opened, !gate.open() { release(gate) }
        settle { $0.isRunning = false }
    }

    private func commit(_ group: CommitQueueState.Group, _ connection: Database) {
        var plan = AppendPlan(table, maximumRecordBytes: configuration.maximumRecordBytes, now: configuration.now())
        var results = group.appends.map { plan.add($0.records) }
        var changeErrors: [LogError?] = []
        do {
            changeErrors = try write(plan, group.changes, connection)
            counters.committed(records: plan.records, bytes: plan.bytes)
            publish(plan)
        } catch {
            let error = LogError(error, "to write")
            changeErrors = group.changes.map { _ in error }
            for index in results.indices {
                results[index] = results[index].map { if case .success = $0 { .failure(error) } else { $0 } }
            }
        }
        counters.failed(results.reduce(0) { $0 + $1.count { if case .failure = $0 { true } else { false } } })
        for (change, error) in zip(group.changes, changeErrors) { change.finish(error) }
        if group.appends.isEmpty { return }
        // Behind the tasks that follow the log on this queue, which have been told of it by now.
        database.writingQueue.run { [results] in
            for (request, results) in zip(group.appends, results) { request.answer(results) }
        }
    }

    func publish(_ plan: AppendPlan) {
        if table.publish(plan.runs) { whenCleaningIsDue.withLock { $0 }?() }
    }

    /// One SQLite transaction. What it throws undid all of it; a change that fails alone is undone alone.
    private func write(_ plan: AppendPlan, _ changes: [Change], _ connection: Database) throws -> [LogError?] {
        if plan.records == 0, changes.isEmpty { return [] }
        return try inTransaction(connection) {
            try plan.write(connection, encoder)
            return try changes.map { try apply($0, connection) }
        }
    }

    func inTransaction<Value>(_ connection: Database, _ body: () throws -> Value) throws -> Value {
        // Left open by a rollback that failed, as on a disk that was gone for a while.
        if connection.isInsideTransaction { try RawStatement(connection, "ROLLBACK").run() }
        try RawStatement(connection, "BEGIN IMMEDIATE").run()
        do {
            let value = try body()
            try RawStatement(connection, "COMMIT").run()
            return value
        } catch {
            // A full disk, for one, has rolled back already.
            if connection.isInsideTransaction { try? RawStatement(connection, "ROLLBACK").run() }
            throw error
        }
    }

    private func apply(_ change: Change, _ connection: Database) throws -> LogError? {
        try RawStatement(connection, "SAVEPOINT change").run()
        do {
            try change.apply(connection)
        } catch {
            guard connection.isInsideTransaction else { throw error }
            try RawStatement(connection, "ROLLBACK TO change").run()
            try RawStatement(connection, "RELEASE change").run()
            return LogError(error, change.action)
        }
        try RawStatement(connection, "RELEASE change").run()
        return nil
    }
}
