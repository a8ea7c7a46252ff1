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
        var apply: @Sendable (Database) throws -> Void
        /// Called with nil once it is durable.
        var finish: @Sendable (LogError?) -> Void = { _ in }
    }

    enum Entry {
        case append(AppendRequest)
        case gate(TransactionGate)
    }

    struct State {
        var entries = FIFO<Entry>()
        var changes: [Change] = []
        /// Whether a commit is under way or asked for.
        var isRunning = false
        /// The transaction that alone may append now.
        var gate: TransactionGate?
        var isClosed = false
        var whenIdle: [@Sendable () -> Void] = []
    }

    private let database: LogDatabase
    private let table: PartitionTable
    private let configuration: SQLiteLog.Configuration
    private let counters: Counters
    private let state = Mutex(State())
    private let encoder = BatchEncoder()
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
                guard enter({ $0.entries.append(.append(request)) }) else { return request.fail(.closed) }
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
            if !enter({ $0.changes.append(change) }) { continuation.resume(throwing: LogError.closed) }
        }
    }

    /// Packs records and inserts them, for a change that rewrites; only inside the body of one.
    func write(_ records: ArraySlice<StoredRecord>, to partition: Int, _ connection: Database) throws {
        try BatchTable.insert(connection, records, to: partition, encoder)
    }

    /// Adds to what waits and starts the writer when it rests; false when the queue is closed.
    private func enter(_ add: (inout State) -> Void) -> Bool {
        let (isOpen, start) = state.withLock { state in
            if state.isClosed { return (false, false) }
            add(&state)
            return (true, state.startIfNeeded())
        }
        if start { database.write { [self] in commitNext($0) } }
        return isOpen
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

    // MARK: Transactions

    /// Waits, in line with the appends, until the gate's holder alone may append. Ends with ``commit(_:_:_:)`` or ``abort(_:_:)``.
    func open(_ gate: TransactionGate) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                gate.wait(continuation)
                if !enter({ $0.entries.append(.gate(gate)) }) { gate.abort(LogError.closed) }
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

    private func release(_ gate: TransactionGate) {
        let (start, whenIdle) = state.withLock { state in
            if state.gate === gate { state.gate = nil }
            return (state.startIfNeeded(), state.takeWhenIdle())
        }
        if start { database.write { [self] in commitNext($0) } }
        for action in whenIdle { action() }
    }

    private func commitAll(_ plan: AppendPlan, _ changes: [Change], _ connection: Database) throws {
        if plan.runs.isEmpty, changes.isEmpty { return }
        try inTransaction(connection) {
            try plan.write(connection, encoder)
            for change in changes { try change.apply(connection) }
        }
        counters.committed(records: plan.records, bytes: plan.bytes)
        publish(plan)
    }

    // MARK: Writing, on the database's queue

    private func commitNext(_ connection: Database) {
        let group = state.withLock { $0.takeGroup(maximumBytes: Self.maximumGroupBytes) }
        if !group.appends.isEmpty || !group.changes.isEmpty { commit(group, connection) }
        database.foldWriteAheadLog(connection)
        // A transaction that was given up while it waited must not keep the others out.
        if let gate = group.opened, !gate.open() { release(gate) }
        let (goOn, whenIdle) = state.withLock { state in
            state.isRunning = false
            return (state.startIfNeeded(), state.takeWhenIdle())
        }
        // A new block instead of a loop, so that in memory, where they share the connection, readers get their turn.
        if goOn { database.write { [self] in commitNext($0) } }
        for action in whenIdle { action() }
    }

    private func commit(_ group: Group, _ connection: Database) {
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
        for (request, results) in zip(group.appends, results) { request.answer(results) }
    }

    private func publish(_ plan: AppendPlan) {
        if table.publish(plan.runs) { whenCleaningIsDue.withLock { $0 }?() }
    }

    /// One SQLite transaction. What it throws undid all of it; a change that fails alone is undone alone.
    private func write(_ plan: AppendPlan, _ changes: [Change], _ connection: Database) throws -> [LogError?] {
        try inTransaction(connection) {
            try plan.write(connection, encoder)
            return try changes.map { try apply($0, connection) }
        }
    }

    private func inTransaction<Value>(_ connection: Database, _ body: () throws -> Value) throws -> Value {
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
            return LogError(error, "to write")
        }
        try RawStatement(connection, "RELEASE change").run()
        return nil
    }
}

private struct Group {
    var appends: [AppendRequest] = []
    var changes: [CommitQueue.Change] = []
    var opened: TransactionGate?
}

extension CommitQueue.State {
    fileprivate var isIdle: Bool { !isRunning && gate == nil && entries.isEmpty && changes.isEmpty }

    /// Whether the caller has to start the writer; it then is noted as running.
    fileprivate mutating func startIfNeeded() -> Bool {
        // An open transaction holds back appends, not the rest.
        guard !isRunning, !changes.isEmpty || (gate == nil && !entries.isEmpty) else { return false }
        isRunning = true
        return true
    }

    fileprivate mutating func takeGroup(maximumBytes: Int) -> Group {
        var group = Group()
        swap(&group.changes, &changes)
        var bytes = 0
        while gate == nil, bytes < maximumBytes, let entry = entries.popFirst() {
            switch entry {
            case .append(let request):
                group.appends.append(request)
                bytes += request.bytes
            case .gate(let opened):
                gate = opened
                group.opened = opened
            }
        }
        return group
    }

    fileprivate mutating func takeWhenIdle() -> [@Sendable () -> Void] {
        guard isIdle else { return [] }
        defer { whenIdle = [] }
        return whenIdle
    }
}
