import Daybook
import GRDB
import GRDBSQLite
import Glibc

/// What SQLite reported, with the error of the operating system below it: GRDB's error leaves that out, and without it a full
/// disk and a broken one look alike.
struct SQLiteFailure: Error {
    var code: Int32
    var systemError: Int32
    var message: String

    init(code: Int32, connection: OpaquePointer?) {
        self.code = code
        // SQLite does not note the system's error of a commit.
        let noted = sqlite3_system_errno(connection)
        systemError = noted == 0 ? errno : noted
        message = connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "error \(code)"
    }

    init(_ error: DatabaseError) {
        code = error.extendedResultCode.rawValue
        systemError = 0
        message = error.message ?? error.description
    }

    var primaryCode: Int32 { code & 0xff }

    /// The failure with what the system said, for people.
    fileprivate var text: String {
        systemError == 0 ? message : "\(message) (\(String(cString: strerror(systemError))))"
    }
}

extension LogError {
    /// Says in the log's words what went wrong in the database: the only place that translates.
    ///
    /// - Parameter action: what was tried, as "to append".
    init(_ error: any Error, _ action: String) {
        switch error {
        case let error as LogError: self = error
        case let error as SQLiteFailure: self.init(error, action)
        case let error as DatabaseError: self.init(SQLiteFailure(error), action)
        case let error as RowDecodingError: self = .damaged("failed \(action): \(error)")
        default: self = .unavailable("failed \(action): \(error)")
        }
    }

    /// What is on the disk is not what was written there.
    static func damaged(_ what: String) -> LogError {
        .corrupt("\(what); restore the directory from a backup, or move it away and start with an empty one")
    }

    private init(_ failure: SQLiteFailure, _ action: String) {
        let text = "failed \(action): \(failure.text)"
        switch failure.primaryCode {
        case SQLITE_FULL:
            self = .full(
                failure.systemError == ENOSPC
                    ? "\(text); free some space on the disk that holds the log's directory"
                    : "\(text); free some space, or raise the log's size limit")
        case SQLITE_IOERR:
            switch failure.code {
            case sqliteIOErrorFsync, sqliteIOErrorDirectoryFsync:
                // The pages may reach the disk all the same, and a crash now may bring them back.
                self = .outcomeUnknown(text)
            case sqliteIOErrorWrite where failure.systemError != EIO:
                // Over a quota, past a file size limit: only ENOSPC is told apart by SQLite.
                self = .full("\(text); free some space")
            default:
                self = .unavailable(text)
            }
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            self = .damaged(text)
        case SQLITE_ERROR where failure.message.hasPrefix("no such "):
            // A table or column that every log has.
            self = .damaged(text)
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN:
            self = .refused("\(text); let the process's user read and write the log's directory and its files")
        default:
            self = .unavailable(text)
        }
    }
}

// The C macros combine codes by arithmetic, which Swift does not import.
private let sqliteIOErrorWrite = SQLITE_IOERR | (3 << 8)
private let sqliteIOErrorFsync = SQLITE_IOERR | (4 << 8)
private let sqliteIOErrorDirectoryFsync = SQLITE_IOERR | (5 << 8)
