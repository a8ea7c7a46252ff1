import DaybookTesting
import Testing

@testable import Daybook

/// Guarantee G4 while members come and go; the same on every log.
@Suite(.timeLimit(.minutes(2))) struct RegistrationRaceTests {
    @Test func `members come, go and fail, and everything is handled in order`() async throws {
        let store = MemoryStore { .now }
        try await RegistrationRace(events: 3000, keys: 40, changes: 25).run {
            var layout = StreamLayout()
            layout.partitions = 4
            return try await StreamCatalog.open(log: MemoryLog(store: store), layout: layout, logger: .silent)
        }
    }
}
