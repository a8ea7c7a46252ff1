public import Daybook
import Dispatch
import GRDB
import Glibc
import Synchronization

/// The embedded log: one directory, one process, SQLite below. Nothing to install or to start.
///
/// - Appends of any number of tasks share commits; an append is answered when its commit is synced to the disk.
/// - Records lie packed in batches of up to 256, each with a checksum.
/// - What was appended last is kept in memory, so readers that keep up do not touch the database.
/// - A transaction keeps other appends waiting while its body runs, at most 10 seconds.
public final class SQLiteLog: EventLog {
    public let features: Set<LogFeature>
    public let maximumRecordBytes: Int
    let storedIdentity: String
    let configuration: Configuration
    let database: LogDatabase
    let table: PartitionTable
    let cache: RecordCache
    let queue: CommitQueue
    let groups: GroupCoordinator
    let writers = WriterRegistry()
    let watch: TransactionWatch
    let cleaner: Cleaner
    let counters = Counters()
    private let lock: Mutex<DirectoryLock?>
    let closing = Closing()

    private init(_ database: LogDatabase, _ lock: DirectoryLock?, _ configuration: Configuration) async throws {
        self.configuration = configuration
        self.database = database
        self.lock = Mutex(lock)
        maximumRecordBytes = configuration.maximumRecordBytes
        features = Set(LogFeature.allCases).subtracting(lock == nil ? [.durable] : [])
        table = PartitionTable(tailLimit: configuration.hotTailBytes)
        cache = RecordCache(maximumBytes: configuration.askedForBytes)
        queue = CommitQueue(database, table, configuration, counters)
        watch = TransactionWatch(limit: configuration.transactionTimeout) { [weak queue] gate in
            queue?.abort(gate, LogError.fenced)
        }
        groups = GroupCoordinator(table, queue)
        cleaner = Cleaner(database, table, queue, configuration)
        let contents = try await database.read("to load the log") { try StreamTable.load($0) }
        storedIdentity = contents.identity
        for (stream, partitions) in contents.streams { table.add(stream, partitions) }
        groups.load(contents.positions)
        let wake: @Sendable () -> Void = { [weak cleaner] in cleaner?.wake() }
        queue.whenCleaningIsDue.withLock { $0 = wake }
        cleaner.wake()
    }

    /// Opens the log in a directory, which is made when it is missing.
    ///
    /// - Throws: ``LogError/inUse(_:)`` when another process has it open; ``LogError/refused(_:)`` when the directory or what
    ///   lies in it cannot be used; ``LogError/full(_:)``; ``LogError/corrupt(_:)``.
    public static func open(directory: String, configuration: Configuration = Configuration()) async throws -> SQLiteLog
    {
        let (database, lock) = try await offPool {
            try makeDirectory(directory)
            let lock = try DirectoryLock(directory: directory)
            return (try LogDatabase.open(directory: directory, configuration: configuration), lock)
        }
        return try await SQLiteLog(database, lock, configuration)
    }

    /// A log that is gone when it is closed, for tests. It does all a log in a directory does, except last.
    public static func inMemory(configuration: Configuration = Configuration()) async throws -> SQLiteLog {
        try await SQLiteLog(LogDatabase.inMemory(configuration: configuration), nil, configuration)
    }

    public var identity: String {
        get async throws {
            try checkOpen()
            return storedIdentity
        }
    }

    public var statistics: LogStatistics { counters.statistics }
    public var executor: (any TaskExecutor)? { database.writingQueue }

    public func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        await queue.append(records)
    }

    public func close() async throws {
        await closing.run { [self] in
            await cleaner.close()
            await queue.close()
            table.close()
            await database.close()
            lock.withLock { $0 = nil }
        }
    }

    /// Stops as the death of the process does, as far as that can be had inside one: nothing more is written, the write-ahead log stays
    /// as it is, and the directory can be opened again. For tests.
    func abandon() async {
        await closing.run { [self] in
            queue.abandon()
            await cleaner.close()
            await queue.close()
            table.close()
            lock.withLock { $0 = nil }
        }
    }

    /// Runs blocking work on a thread that may block.
    private static func offPool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "daybook.log.open").async { continuation.resume(with: Result(catching: body)) }
        }
    }

    private static func makeDirectory(_ path: String) throws {
        var made = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            made += (made.isEmpty && !path.hasPrefix("/")) ? "\(part)" : "/\(part)"
            if mkdir(made, 0o755) != 0, errno != EEXIST, errno != EISDIR {
                throw LogError.refused("cannot make the directory \(made): \(String(cString: strerror(errno)))")
            }
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw LogError.refused("\(path) is no directory; name one, or a path where one can be made")
        }
    }
}
