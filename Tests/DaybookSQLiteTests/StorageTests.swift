import Daybook
import Testing

@testable import DaybookSQLite

@Suite struct StorageTests {
    @Test(arguments: [true, false])
    func recordsComeBackAsTheyWere(hot: Bool) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var configuration = SQLiteLog.Configuration()
        if !hot { configuration.hotTailBytes = 0 }
        let log = try await SQLiteLog.open(directory: directory.path, configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 2)])
        var headers = RecordHeaders()
        headers.append(name: "empty", value: [])
        headers.append(name: "null", value: nil)
        headers.append(name: "empty", value: [1, 2, 3])
        let records = [
            Record(), Record(key: [], value: []), Record(key: nil, value: [0]), Record(key: [255], value: nil),
            Record(key: [1], value: [UInt8](repeating: 7, count: 300_000), headers: headers),
            Record(value: [9], headers: headers),
        ]
        let appended = try await log.store(records.map { NewRecord(orders, $0) })
        #expect(appended.map(\.position.offset) == [0, 1, 2, 3, 4, 5])
        let read = try await log.all()
        #expect(read.map(\.record) == records)
        #expect(read.map(\.offset) == [0, 1, 2, 3, 4, 5])
        #expect(read.map(\.time) == appended.map(\.time))
        let picked = try await log.records(at: [appended[5].position, Position(orders, 99), appended[0].position])
        #expect(picked.map { $0?.record } == [records[5], nil, records[0]])
        try await log.close()
    }

    @Test(arguments: [1, 7, 256, 1000], [true, false])
    func everyStartAndSizeOfReadGivesTheSame(maximum: Int, hot: Bool) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var configuration = SQLiteLog.Configuration()
        if !hot { configuration.hotTailBytes = 0 }
        let log = try await SQLiteLog.open(directory: directory.path, configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        for start in [0, 300, 310, 311] {
            try await log.store(samples(start..<[0: 300, 300: 310, 310: 311, 311: 900][start, default: 0]))
        }
        for start in [0, 1, 255, 256, 299, 305, 310, 899, 900] {
            let read = try await log.all(from: Int64(start), maximum: maximum)
            #expect(read.map(\.offset) == (Int64(start)..<900).map { $0 })
            #expect(read.map { $0.record.headers["number"] } == (start..<900).map { "\($0)" })
        }
        try await log.close()
    }

    @Test func aReopenedLogGoesOnWhereItStopped() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var log = try await SQLiteLog.open(directory: directory.path)
        let identity = try await log.identity
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        let before = try await log.store(samples(0..<500))
        try await log.close()
        log = try await SQLiteLog.open(directory: directory.path)
        #expect(try await log.identity == identity)
        #expect(try await log.streams()["orders"] == StreamSpecification(name: "orders", partitions: 1))
        let after = try await log.store(samples(500..<510))
        #expect(after.first?.position.offset == 500)
        let (last, next) = (try #require(before.last), try #require(after.first))
        #expect(next.time >= last.time)
        #expect(try await log.all().map(\.offset) == (0..<510).map { $0 })
        try await log.close()
        await #expect(throws: LogError.closed) { try await log.streams() }
        #expect(await log.append(samples(0..<1)) == [.failure(.closed)])
    }

    @Test(arguments: [true, false])
    func aWaitingReaderIsWokenByTheCommit(inMemory: Bool) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let log = inMemory ? try await SQLiteLog.inMemory() : try await SQLiteLog.open(directory: directory.path)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        let reader = try await log.reader(from: [orders: 0])
        async let first = reader.next(maximum: 10)
        try await log.store(samples(0..<3))
        #expect(try await first.records.count == 3)
        async let second = reader.next(maximum: 10)
        try await log.store(samples(3..<4))
        #expect(try await second.records.map(\.offset) == [3])
        try await log.close()
        await #expect(throws: LogError.closed) { try await reader.next(maximum: 1) }
    }

    @Test func timesAreFoundExactly() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let clock = TestClock(1_000)
        var configuration = SQLiteLog.Configuration()
        configuration.now = { clock.now }
        let log = try await SQLiteLog.open(directory: directory.path, configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        #expect(try await log.offset(in: orders, at: Timestamp(microseconds: 0)) == 0)
        for commit in 0..<50 {
            try await log.store(samples(commit * 3..<commit * 3 + 3))
            clock.set(clock.now.microseconds + 10)
        }
        for commit in 0..<50 {
            let time = Int64(1_000 + commit * 10)
            #expect(try await log.offset(in: orders, at: Timestamp(microseconds: time)) == Int64(commit * 3))
            #expect(try await log.offset(in: orders, at: Timestamp(microseconds: time - 9)) == Int64(commit * 3))
        }
        #expect(try await log.offset(in: orders, at: Timestamp(microseconds: 1_491)) == 150)
        clock.set(500)
        let late = try await log.store(samples(150..<151))
        #expect(late.first?.time == Timestamp(microseconds: 1_490))
        try await log.close()
        // The clock is still back after a restart.
        let again = try await SQLiteLog.open(directory: directory.path, configuration: configuration)
        #expect(try await again.store(samples(151..<152)).first?.time == Timestamp(microseconds: 1_490))
        try await again.close()
    }
}
