import Daybook
import DaybookTesting
import Testing

@testable import DaybookSQLite

/// Registrations on the embedded log.
@Suite(.timeLimit(.minutes(2))) struct RegistrationTests {
    @Test func `members come, go and fail, and everything is handled in order`() async throws {
        let directory = TemporaryDirectory()
        let log = try await SQLiteLog.open(directory: directory.path)
        try await RegistrationRace(events: 3000, keys: 40, changes: 15).run {
            try await StreamCatalog.open(log: log)
        }
        try await log.close()
    }
}
