import GRDB
import GRDBSQLite
import Synchronization

/// Keeps the write-ahead log from growing without end.
///
/// Usually a connection of its own folds it into the database while the writer goes on. A writer that never rests is never caught up
/// with that way; then, at the hard limit, the writer waits while the rest is folded in, and starts the file over.
final class WriteAheadLog: Sendable {
    /// 4 MiB and 64 MiB with SQLite's usual pages of 4 KiB.
    private static let softPages = 1024
    static let hardPages = 16 * 1024

    private let pages = Atomic(0)
    private let nextSoft = Atomic(softPages)
    private let isFolding = Atomic(false)

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
        // Started over since: the marks of the earlier file are of no use.
        if pages < Self.softPages { return nextSoft.store(Self.softPages, ordering: .relaxed) }
        if pages >= Self.hardPages {
            _ = try? connection.checkpoint(.restart)
            nextSoft.store(Self.softPages, ordering: .relaxed)
        } else if pages >= nextSoft.load(ordering: .relaxed), !isFolding.exchange(true, ordering: .relaxed) {
            nextSoft.store(pages + Self.softPages, ordering: .relaxed)
            helper.asyncWriteWithoutTransaction { [self] helper in
                _ = try? helper.checkpoint(.passive)
                isFolding.store(false, ordering: .relaxed)
            }
        }
    }
}
