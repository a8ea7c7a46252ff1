import Daybook
import DaybookTesting
import Foundation
import GRDB
import Testing

@testable import DaybookSQLite

/// What goes by itself.
@Suite struct CleaningTests {
    @Test func retentionComesByItself() async throws {
        let log = try await SQLiteLog.inMemory()
        try await log.createStreams([
            StreamSpecification(name: "orders", partitions: 1, cleanup: .delete(retention: .milliseconds(50)))
        ])
        for round in 0..<2 {
            try await log.store(samples(round..<round + 1))
            try await withDeadline(what: "retention to take a record") {
                while try await log.watermarks(of: [orders])[orders]?.low != Int64(round + 1) { await Task.yield() }
            }
        }
        #expect(try await log.watermarks(of: [orders])[orders] == Watermarks(low: 2, end: 2))
        try await log.close()
    }

    @Test func compactionComesByItself() async throws {
        let log = try await SQLiteLog.inMemory()
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1, cleanup: .compact)])
        for start in stride(from: 0, to: 12_000, by: 1000) {
            try await log.store((start..<start + 1000).map { NewRecord(orders, sample($0, key: "\($0 % 7)")) })
        }
        try await withDeadline(what: "compaction") {
            while try await log.records(at: [Position(orders, 0)]).first != .some(nil) { await Task.yield() }
        }
        try await log.close()
    }

    /// Where next to nothing would go, nothing is written anew, and it is looked at again when there is twice as much.
    @Test func keysThatDoNotComeAgainAreLeftAlone() async throws {
        let log = try await SQLiteLog.inMemory()
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1, cleanup: .compact)])
        @Sendable func batches() async throws -> Int {
            try await log.database.read("to count") { try Int.fetchOne($0, sql: "SELECT count(*) FROM batch_1") ?? 0 }
        }
        func store(_ range: Range<Int>, key: (Int) -> Int) async throws {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 50) {
                try await log.store((start..<start + 50).map { NewRecord(orders, sample($0, key: "\(key($0))")) })
            }
        }
        try await store(0..<10_000) { $0 % 9_000 }
        try await withDeadline(what: "a look at the partition") {
            while log.table.partitionsToClean().first?.compactAt == Cleaner.compactionRecords { await Task.yield() }
        }
        #expect(log.table.partitionsToClean().first?.compactAt == 20_000)
        #expect(try await batches() == 200)
        try await store(10_000..<20_000) { $0 % 9_000 }
        try await withDeadline(what: "compaction") {
            while try await batches() == 400 { await Task.yield() }
        }
        try await log.close()
    }

    @Test(arguments: [
        (records: 100, again: 24, false), (100, 25, true), (1_000_000, 240_000, false), (1_000_000, 260_000, true),
    ])
    func aSurveyTellsHowMuchWouldGo(records: Int, again: Int, isWorthwhile: Bool) {
        var survey = CompactionSurvey(expected: Int64(records), tombstonesBefore: Timestamp(microseconds: 10))
        func add(_ number: Int, hasValue: Bool = true, _ time: Int64 = 0) {
            withUnsafeBytes(of: number) { survey.add($0, hasValue: hasValue, Timestamp(microseconds: time)) }
        }
        for number in 0..<records { add(number < again ? number + records - again : number) }
        #expect(survey.isWorthwhile == isWorthwhile)
        #expect(survey.records == records)
        // What ends a key goes, too, when it is old enough.
        for number in 0..<records { add(records + number, hasValue: false, 10) }
        #expect(!survey.isWorthwhile)
        for number in 0..<records { add(2 * records + number, hasValue: false, 9) }
        #expect(survey.isWorthwhile)
    }

    @Test func compactionPacksAndKeepsTimesAndOffsets() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let clock = TestClock(1_000_000)
        var configuration = SQLiteLog.Configuration()
        configuration.now = { clock.now }
        var log = try await SQLiteLog.open(directory: directory.path, configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1, cleanup: .compact)])
        var last: [String: StoredRecord] = [:]
        for number in 0..<600 {
            clock.set(1_000_000 + Int64(number))
            let key = number % 3 == 0 ? "often" : "key \(number)"
            let appended = try await log.store([NewRecord(orders, sample(number, key: key))])
            last[key] = StoredRecord(
                offset: Int64(number), time: try #require(appended.first).time, record: sample(number, key: key))
        }
        await log.clean()
        let expected = last.values.sorted { $0.offset < $1.offset }
        #expect(try await log.all() == expected)
        for offset in [0, 3, 300, 599] as [Int64] {
            #expect(try await log.all(from: offset, maximum: 7) == expected.filter { $0.offset >= offset })
        }
        for record in expected.shuffled().prefix(50) {
            #expect(try await log.offset(in: orders, at: record.time) == record.offset)
            #expect(try await log.records(at: [Position(orders, record.offset)]) == [record])
        }
        try await log.close()
        log = try await SQLiteLog.open(directory: directory.path, configuration: configuration)
        #expect(try await log.all() == expected)
        #expect(try await log.store([NewRecord(orders, sample(600, key: "x"))]).first?.position.offset == 600)
        try await log.close()
    }

    @Test func tombstonesStayForAWhile() async throws {
        let clock = TestClock(0)
        var configuration = SQLiteLog.Configuration()
        configuration.now = { clock.now }
        configuration.tombstoneRetention = .seconds(10)
        let log = try await SQLiteLog.inMemory(configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1, cleanup: .compact)])
        let tombstone = NewRecord(orders, Record(key: Array("ended".utf8), value: nil))
        try await log.store([
            NewRecord(orders, sample(0, key: "ended")), tombstone, NewRecord(orders, sample(2, key: "kept")),
        ])
        await log.clean()
        #expect(try await log.all().map(\.offset) == [1, 2])
        clock.set(9_000_000)
        await log.clean()
        #expect(try await log.all().map(\.offset) == [1, 2])
        clock.set(11_000_000)
        await log.clean()
        #expect(try await log.all().map(\.offset) == [2])
        // The last record stays whatever it is: the partition's end is known by it.
        try await log.store([tombstone])
        clock.set(30_000_000)
        await log.clean()
        #expect(try await log.all().map(\.offset) == [2, 3])
        try await log.close()
    }

    @Test func whatWasTrimmedIsDeletedAlsoAfterARestart() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let log = try await SQLiteLog.open(directory: directory.path)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        for start in stride(from: 0, to: 1000, by: 10) { try await log.store(samples(start..<start + 10)) }
        // The watermark alone, as if the process had ended before the rest.
        try await log.cleaner.raiseLow(of: log.table.reference(orders), to: 995)
        await log.abandon()
        let again = try await SQLiteLog.open(directory: directory.path)
        #expect(try await again.watermarks(of: [orders])[orders] == Watermarks(low: 995, end: 1000))
        await again.clean()
        let batches = try await again.database.read("to count") { database in
            try Int64.fetchOne(database, sql: "SELECT count(*) FROM batch_1")
        }
        #expect(batches == 1)
        #expect(try await again.all().map(\.offset) == [995, 996, 997, 998, 999])
        try await again.trim(orders, before: 1000)
        await again.clean()
        try await again.close()
        let last = try await SQLiteLog.open(directory: directory.path)
        #expect(try await last.store(samples(0..<1)).first?.position.offset == 1000)
        try await last.close()
    }

    @Test func aReadThatTrimmingOvertakesIsToldSo() async throws {
        let log = try await SQLiteLog.inMemory()
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        for start in stride(from: 0, to: 100, by: 10) { try await log.store(samples(start..<start + 10)) }
        let reference = try log.table.reference(orders)
        for low in [35, 100] as [Int64] {
            try await log.trim(orders, before: low)
            await log.clean()
            // As a reader does that looked at the watermark before.
            let read = try await log.database.read("to read") {
                try BatchTable.read($0, reference, from: 5, below: 100, maximum: 10)
            }
            #expect(read.low == low)
            #expect(read.records.isEmpty)
        }
        try await log.close()
    }

    @Test func theWriteAheadLogStaysShort() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var configuration = SQLiteLog.Configuration()
        configuration.writeAheadPages = 16...64
        let log = try await SQLiteLog.open(directory: directory.path, configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        let reader = try await log.reader(from: [orders: 0])
        for start in stride(from: 0, to: 2000, by: 20) {
            try await log.store(samples(start..<start + 20, size: 1000))
            _ = try await reader.next(maximum: 10)
        }
        let size =
            try FileManager.default.attributesOfItem(atPath: directory.path + "/daybook.sqlite-wal")[.size] as? Int
        // 64 pages and one more commit; all that was written is 600 of them.
        #expect(try #require(size) < 100 * 4200)
        await reader.close()
        try await log.close()
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/daybook.sqlite-wal"))
    }
}
