import GRDB
import GRDBSQLite
import Synchronization

/// Keeps the write-ahead log from growing without end.
///
/// Usually a connection of its own folds it into the database while the writer goes on. A writer that never rests is never caught up
/// with that way; then, at the hard limit, the writer waits while the rest is folded in, and starts the file over.
final class WriteAheadLog: Sendable {
    private let limits: ClosedRange<Int>
    private let pages = Atomic(0)
    /// The length at which it is folded next.
    private let next: Atomic<Int>
    private let isFolding = Atomic(false)

    /// - Parameter limits: the lengths, in pages, at which it is folded beside the writer, and by the writer.
    init(limits: ClosedRange<Int>) {
        self.limits = limits
        next = Atomic(limits.lowerBound)
    }

    /// Has the connection tell how long the log is after each of its commits.
    func watch(_ connection: Database) throws {
        try connection.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        // The configuration that calls this keeps the object alive as long as the connection.
        sqlite3_wal_hook(
            connection.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<WriteAheadLog>.fromOpaque(context).takeUnretainedValue()
                    .pages.store(Int(pages), ordering: .relaxed)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Does what is due after a commit. What fails is tried again after a later one: the log is only longer meanwhile.
    func fold(_ connection: Database, _ helper: DatabaseQueue) {
        let pages = pages.load(ordering: .relaxed)
        if pages < limits.lowerBound {
            // It was begun anew since.
            next.store(limits.lowerBound, ordering: .relaxed)
        } else if pages >= limits.upperBound {
            _ = try? connection.checkpoint(.restart)
            next.store(limits.lowerBound, ordering: .relaxed)
        } else if pages >= next.load(ordering: .relaxed), !isFolding.exchange(true, ordering: .relaxed) {
            next.store(pages + limits.lowerBound, ordering: .relaxed)
            helper.asyncWriteWithoutTransaction { [self] helper in
                _ = try? helper.checkpoint(.passive)
                isFolding.store(false, ordering: .relaxed)
            }
        }
    }
}
