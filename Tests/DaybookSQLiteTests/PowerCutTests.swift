import Daybook
import Testing

@testable import DaybookSQLite

/// What a power cut leaves: every acknowledged write, whenever it comes.
@Suite(.serialized) struct PowerCutTests {
    @Test func whatWasAcknowledgedSurvivesEveryCut() async throws {
        try #require(PowerCut.isInstalled)
        for seed in 1...3 as ClosedRange<UInt64> {
            let report = try await PowerCutTrial(synchronous: .full, cuts: 70, seed: seed).run()
            #expect(report.violations == [])
            #expect(report.cuts == 70)
            #expect(report.records > 70)
        }
    }

    /// The same proof, where the log syncs not at all, or only now and then. Were it found to survive, the proof would prove nothing.
    @Test(arguments: [
        (SQLiteLog.Configuration.Synchronous.off, "cannot be read"), (.normal, "were acknowledged"),
    ])
    func withoutSyncsTheCutsAreNotSurvived(
        synchronous: SQLiteLog.Configuration.Synchronous, violation: String
    ) async throws {
        try #require(PowerCut.isInstalled)
        let report = try await PowerCutTrial(synchronous: synchronous, cuts: 30, seed: 5).run()
        #expect(report.violations.contains { $0.contains(violation) })
    }

    @Test func aCutWhileTheLogIsMadeLeavesOneThatCanBeOpened() async throws {
        try #require(PowerCut.isInstalled)
        for operation in 1...30 as ClosedRange<UInt64> {
            let disk = PowerCut.directory()
            let left = TemporaryDirectory("left")
            defer {
                PowerCut.forget(disk.path)
                disk.remove()
                left.remove()
            }
            PowerCut.arm(operation, in: disk.path, leaving: left.path, seed: operation % 2 == 0 ? 0 : operation)
            let log = try await SQLiteLog.open(directory: disk.path)
            try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
            try await log.store(samples(0..<10))
            let again = try await SQLiteLog.open(directory: left.path)
            try await again.createStreams([StreamSpecification(name: "orders", partitions: 1)])
            try await again.store(samples(0..<1))
            try await again.close()
            try await log.close()
        }
    }
}
