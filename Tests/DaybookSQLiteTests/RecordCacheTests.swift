import Daybook
import DaybookTesting
import GRDB
import Testing

@testable import DaybookSQLite

/// Records asked for by position are kept for when they are asked for again.
@Suite struct RecordCacheTests {
    /// Nothing is left in the database: what comes can only come from memory.
    @Test func whatIsAskedForAgainIsNotReadAgain() async throws {
        let log = try await log(cleanup: .delete(retention: nil))
        try await log.store(samples(0..<300))
        let positions = [Position(orders, 7), Position(orders, 299)]
        let first = try await log.records(at: positions)
        #expect(first.map { $0?.record.headers["number"] } == ["7", "299"])
        await loseRecords(of: log)
        #expect(try await log.records(at: positions) == first)
        #expect(try await log.records(at: [Position(orders, 8)]) == [nil])
        try await log.close()
    }

    @Test func whatIsNoLongerInTheLogIsNotShown() async throws {
        let log = try await log(cleanup: .delete(retention: nil))
        try await log.store(samples(0..<300))
        let position = Position(orders, 7)
        #expect(try await log.records(at: [position]).first != .some(nil))
        try await log.trim(orders, before: 8)
        #expect(try await log.records(at: [position, Position(orders, 8)]).map { $0?.offset } == [nil, 8])
        try await log.close()
    }

    @Test func compactedPartitionsAreAlwaysRead() async throws {
        let log = try await log(cleanup: .compact)
        try await log.store([NewRecord(orders, sample(0, key: "a")), NewRecord(orders, sample(1, key: "b"))])
        #expect(try await log.records(at: [Position(orders, 0)]).first != .some(nil))
        await loseRecords(of: log)
        #expect(try await log.records(at: [Position(orders, 0)]) == [nil])
        try await log.close()
    }

    @Test func thereIsNoMoreOfThemThanThereIsRoomFor() {
        let cache = RecordCache(maximumBytes: 20_000)
        let record = StoredRecord(
            offset: 0, time: Timestamp(microseconds: 0), record: Record(value: [UInt8](repeating: 0, count: 340)))
        func key(_ offset: Int) -> RecordCache.Key { RecordCache.Key(id: 1, offset: Int64(offset)) }
        for offset in 0..<1000 {
            cache.insert(record, for: key(offset))
            // This one is asked for all the time.
            #expect(cache[key(0)] != nil)
        }
        #expect((0..<1000).count { cache[key($0)] != nil } <= 40)
        #expect(cache[key(999)] != nil)
        let large = Record(value: [UInt8](repeating: 0, count: 5000))
        cache.insert(StoredRecord(offset: 1, time: Timestamp(microseconds: 0), record: large), for: key(2000))
        #expect(cache[key(2000)] == nil)
    }

    private func loseRecords(of log: SQLiteLog) async {
        await withCheckedContinuation { continuation in
            log.database.write { database in
                #expect(throws: Never.self) { try database.execute(sql: "DELETE FROM batch_1") }
                continuation.resume()
            }
        }
    }

    /// One that reads the database for everything that was not asked for before.
    private func log(cleanup: StreamSpecification.Cleanup) async throws -> SQLiteLog {
        var configuration = SQLiteLog.Configuration()
        configuration.hotTailBytes = 0
        let log = try await SQLiteLog.inMemory(configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1, cleanup: cleanup)])
        return log
    }
}
