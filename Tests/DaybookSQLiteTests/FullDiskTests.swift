import CPowerCut
import Daybook
import Testing

@testable import DaybookSQLite

/// A disk that takes no more, or fails. One at a time, because the failing disk is one for the process.
@Suite(.serialized) struct FullDiskTests {
    @Test(arguments: [POWERCUT_FULL, POWERCUT_QUOTA])
    func aFullDiskIsToldAndRecoveredFrom(fault: powercut_fault) async throws {
        try #require(PowerCut.isInstalled)
        let disk = PowerCut.directory()
        defer { disk.remove() }
        defer { PowerCut.forget(disk.path) }
        var configuration = SQLiteLog.Configuration()
        configuration.hotTailBytes = 0
        let log = try await SQLiteLog.open(directory: disk.path, configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        try await log.store(samples(0..<100))
        PowerCut.fail(disk.path, fault)
        for _ in 0..<2 {
            // More than fits into what the write-ahead log has already taken of the disk.
            let results = await log.append(samples(100..<400, size: 1000))
            #expect(results.count == 300)
            for result in results {
                guard case .failure(.full) = result else {
                    Issue.record("\(result)")
                    break
                }
            }
        }
        #expect(try await log.all().count == 100)
        #expect(log.statistics.failedAppends == 600)
        await #expect(throws: LogError.self) {
            let writer = try await log.transactionalWriter(id: "writer")
            try await writer.transaction { _ = try await $0.append(samples(100..<400, size: 1000)) }
        }
        PowerCut.fail(disk.path, POWERCUT_NO_FAULT)
        let appended = try await log.store(samples(100..<110))
        #expect(appended.first?.position.offset == 100)
        try await log.checkHealth()
        try await log.close()
        let again = try await SQLiteLog.open(directory: disk.path)
        #expect(try await again.all().map { $0.record.headers["number"] } == (0..<110).map { "\($0)" })
        try await again.close()
    }

    @Test func aSyncThatFailsLeavesTheOutcomeUnknown() async throws {
        try #require(PowerCut.isInstalled)
        let disk = PowerCut.directory()
        defer { disk.remove() }
        defer { PowerCut.forget(disk.path) }
        let log = try await SQLiteLog.open(directory: disk.path)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        try await log.store(samples(0..<10))
        PowerCut.fail(disk.path, POWERCUT_SYNC_FAILS)
        let result = try #require(await log.append(samples(10..<11)).first)
        guard case .failure(let error) = result else {
            Issue.record("an append that was not synced was acknowledged")
            return
        }
        #expect(error.mayBeStored)
        await #expect(throws: LogError.self) { try await log.checkHealth() }
        PowerCut.fail(disk.path, POWERCUT_NO_FAULT)
        try await log.store(samples(10..<20))
        try await log.checkHealth()
        #expect(try await log.all().map { $0.record.headers["number"] } == (0..<20).map { "\($0)" })
        try await log.close()
    }

    @Test func theSizeLimitHoldsUntilThereIsSpaceAgain() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var configuration = SQLiteLog.Configuration()
        configuration.maximumTotalBytes = 1 << 20
        let log = try await SQLiteLog.open(directory: directory.path, configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        var stored = 0
        var error: LogError?
        while error == nil, stored < 10_000 {
            switch await log.append(samples(stored..<stored + 10, size: 1000)).first {
            case .success: stored += 10
            case .failure(let failure): error = failure
            case nil: Issue.record("no outcome")
            }
        }
        guard case .full = error else {
            Issue.record("\(stored) records, then \(String(describing: error))")
            return
        }
        #expect((500...1000).contains(stored))
        try await log.trim(orders, before: Int64(stored / 2))
        await log.clean()
        try await log.store(samples(stored..<stored + 100, size: 1000))
        #expect(try await log.all().count == stored - stored / 2 + 100)
        try await log.close()
    }
}
