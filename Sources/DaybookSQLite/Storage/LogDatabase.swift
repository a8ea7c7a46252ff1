import Daybook
import Dispatch
import GRDB
import GRDBSQLite
import Glibc

/// The SQLite database under a log: one connection that writes, a few that read, and the translation of their errors.
final class LogDatabase: Sendable {
    /// The file; nil in memory.
    let path: String?
    private let writer: DatabaseQueue
    let writingQueue = WritingQueue()
    /// Nil in memory, where the one connection does everything.
    private let readers: ReadPool?
    /// What folds the write-ahead log into the database, and the connection it uses; nil in memory, where there is none.
    private let folding: (WriteAheadLog, DatabaseQueue)?

    private init(path: String?, writer: DatabaseQueue, readers: ReadPool?, folding: (WriteAheadLog, DatabaseQueue)?) {
        self.path = path
        self.writer = writer
        self.readers = readers
        self.folding = folding
    }

    /// Opens the database in a directory, which the caller has locked, and makes or migrates it. Blocks.
    static func open(directory: String, configuration: SQLiteLog.Configuration) throws -> LogDatabase {
        let path = "\(directory)/daybook.sqlite"
        do {
            let writeAheadLog = WriteAheadLog(limits: configuration.writeAheadPages)
            let writer = try DatabaseQueue(path: path, configuration: .writing(configuration, writeAheadLog))
            try migrate(writer)
            // SQLite syncs the directory when it makes the write-ahead log, but does not promise to.
            try sync(directory)
            let readers = try (0..<configuration.readers).map { _ in
                try DatabaseQueue(path: path, configuration: .reading())
            }
            let folder = try DatabaseQueue(path: path, configuration: .folding(configuration))
            return LogDatabase(
                path: path, writer: writer, readers: ReadPool(readers), folding: (writeAheadLog, folder))
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw LogError.refused(
                "\(path) is no SQLite database: it is damaged or belongs to another program; "
                    + "give the log another directory, or restore the file from a backup")
        } catch {
            throw LogError(error, "to open \(path)")
        }
    }

    /// Makes a database that lives as long as this object.
    static func inMemory(configuration: SQLiteLog.Configuration) throws -> LogDatabase {
        do {
            let writer = try DatabaseQueue(configuration: .writing(configuration, nil))
            try migrate(writer)
            return LogDatabase(path: nil, writer: writer, readers: nil, folding: nil)
        } catch {
            throw LogError(error, "to make a database in memory")
        }
    }

    /// Runs the body on a reading connection, off the cooperative pool. Each statement sees the last commit before it started.
    func read<Value: Sendable>(
        _ action: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            let run: @Sendable (Database) -> Void = { database in
                continuation.resume(with: Result { try body(database) }.mapError { LogError($0, action) })
            }
            if let readers {
                if !readers.run(run) { continuation.resume(throwing: LogError.closed) }
            } else {
                write(run)
            }
        }
    }

    /// Runs the body on the writing connection, after those that were handed in before it.
    func write(_ body: @escaping @Sendable (Database) -> Void) {
        writingQueue.run { [writer] in writer.writeWithoutTransaction(body) }
    }

    /// Keeps the write-ahead log short; called on the writing connection after a commit.
    func foldWriteAheadLog(_ connection: Database) {
        if let (writeAheadLog, helper) = folding { writeAheadLog.fold(connection, helper) }
    }

    /// Closes all connections once they are idle, with the write-ahead log folded into the database file.
    func close() async {
        await readers?.close()
        try? folding?.1.close()
        await withCheckedContinuation { continuation in
            write { database in
                // A disk that is full or gone now only means that the next open reads the write-ahead log.
                _ = try? database.checkpoint(.truncate)
                continuation.resume()
            }
        }
        try? writer.close()
    }

    private static func migrate(_ writer: DatabaseQueue) throws {
        let migrator = Migrations.migrator
        let isDone = try writer.writeWithoutTransaction { database in
            if try migrator.hasBeenSuperseded(database) {
                throw LogError.refused(
                    "\(writer.path) was written by a newer Daybook; use that one or a later one (it cannot be taken back)"
                )
            }
            return try migrator.hasCompletedMigrations(database)
        }
        if !isDone { try migrator.migrate(writer) }
    }

    private static func sync(_ directory: String) throws {
        for path in [directory, "\(directory)/.."] {
            let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            // A parent that may not be read is made durable by whoever owns it.
            guard descriptor >= 0 else { continue }
            defer { Glibc.close(descriptor) }
            guard fsync(descriptor) == 0 else {
                throw LogError.unavailable("cannot sync \(path): \(String(cString: strerror(errno)))")
            }
        }
    }
}

extension Configuration {
    fileprivate static func writing(
        _ configuration: SQLiteLog.Configuration, _ writeAheadLog: WriteAheadLog?
    ) -> Configuration {
        var result = Configuration()
        result.label = "daybook.log.writer"
        // Else a rollback that fails, on a disk that is gone, would end the process.
        result.allowsUnsafeTransactions = true
        result.foreignKeysEnabled = false
        // Nobody else may hold the database, by the directory's lock; this is for a backup tool that looks in.
        result.busyMode = .timeout(5)
        result.prepareDatabase { database in
            // Before anything that would change another program's file.
            try checkOwner(database)
            let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
            guard mode == (writeAheadLog == nil ? "memory" : "wal") else {
                throw LogError.refused(
                    "the file system does not let SQLite keep a write-ahead log; put the log on a local disk")
            }
            try database.execute(sql: "PRAGMA synchronous = \(configuration.synchronous.rawValue)")
            try writeAheadLog?.watch(database)
            if let limit = configuration.maximumTotalBytes {
                let pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
                try database.execute(sql: "PRAGMA max_page_count = \(max(1, limit / pageSize))")
            }
        }
        return result
    }

    private static func checkOwner(_ database: Database) throws {
        guard sqlite3_db_readonly(database.sqliteConnection, "main") == 0 else {
            throw LogError.refused(
                "\(database.description) cannot be written to; let the process's user write the file and its directory")
        }
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        if application == Migrations.applicationID { return }
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard application == 0, tables == 0 else {
            throw LogError.refused(
                "\(database.description) belongs to another program; give the log another directory")
        }
        try database.execute(sql: "PRAGMA application_id = \(Migrations.applicationID)")
    }

    fileprivate static func folding(_ configuration: SQLiteLog.Configuration) -> Configuration {
        var result = Configuration()
        result.label = "daybook.log.folder"
        result.foreignKeysEnabled = false
        result.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = \(configuration.synchronous.rawValue)")
        }
        return result
    }

    fileprivate static func reading() -> Configuration {
        var result = Configuration()
        result.label = "daybook.log.reader"
        result.foreignKeysEnabled = false
        result.busyMode = .timeout(5)
        result.prepareDatabase { try $0.execute(sql: "PRAGMA query_only = 1") }
        return result
    }
}
