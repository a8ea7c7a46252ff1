import Daybook
import Testing

@testable import DaybookIndex

/// What waits for the task that decides it.
@Suite(.timeLimit(.minutes(1))) struct BatchLineTests {
    private static let partition = StreamPartition("daybook.inbox", 0)

    private func batch(_ offsets: Range<Int64>, next: Int64) -> RecordBatch {
        RecordBatch(
            partition: Self.partition,
            records: offsets.map { StoredRecord(offset: $0, time: .now, record: Record(key: nil, value: nil)) },
            nextOffset: next, end: next)
    }

    @Test func `all that waits is taken at once, in order`() async throws {
        let line = BatchLine(Self.partition, capacity: 10)
        // One without records tells of offsets that hold none.
        for (offsets, next) in [(0..<3, 3), (3..<3, 5), (5..<7, 9)] as [(Range<Int64>, Int64)] {
            try await line.add(batch(offsets, next: next))
        }
        let all = try #require(try await line.next())
        #expect(all.records.map(\.offset) == [0, 1, 2, 5, 6] && all.nextOffset == 9 && all.end == 9)
        let next = Task { try await line.next() }
        try await line.add(batch(9..<10, next: 10))
        #expect(try await next.value?.records.map(\.offset) == [9])
    }

    @Test func `who adds to a full line waits until it is taken`() async throws {
        let line = BatchLine(Self.partition, capacity: 4)
        try await line.add(batch(0..<3, next: 3))
        try await line.add(batch(3..<9, next: 9))
        let adding = Task { try await line.add(batch(9..<10, next: 10)) }
        for _ in 0..<100 { await Task.yield() }
        #expect(try await line.next()?.records.count == 9)
        try await adding.value
        #expect(try await line.next()?.records.map(\.offset) == [9])
    }

    @Test func `large records are not taken all at once`() async throws {
        func large(_ offset: Int64) -> RecordBatch {
            let record = Record(key: nil, value: Array(repeating: 0, count: 40))
            return RecordBatch(
                partition: Self.partition, records: [StoredRecord(offset: offset, time: .now, record: record)],
                nextOffset: offset + 1, end: offset + 1)
        }
        let line = BatchLine(Self.partition, capacity: 10, maximumBytes: 100)
        for offset in 0..<2 { try await line.add(large(Int64(offset))) }
        let adding = Task { try await line.add(large(2)) }
        for _ in 0..<100 { await Task.yield() }
        #expect(try await line.next()?.records.map(\.offset) == [0, 1])
        try await adding.value
        #expect(try await line.next()?.records.map(\.offset) == [2])
    }

    @Test func `it is waited for more, but not for long`() async throws {
        let line = BatchLine(Self.partition, capacity: 100)
        try await line.add(batch(0..<3, next: 3))
        let many = Task { try await line.next(atLeast: 5, within: .seconds(3600)) }
        for _ in 0..<100 { await Task.yield() }
        try await line.add(batch(3..<6, next: 6))
        #expect(try await many.value?.records.count == 6)
        // Nothing more comes.
        try await line.add(batch(6..<7, next: 7))
        #expect(try await line.next(atLeast: 5, within: .milliseconds(20))?.records.count == 1)
        // The time is over before anything comes.
        let late = Task { try await line.next(atLeast: 5, within: .zero) }
        for _ in 0..<100 { await Task.yield() }
        try await line.add(batch(7..<8, next: 8))
        #expect(try await late.value?.records.count == 1)
    }

    @Test func `what waits when it is closed is not decided`() async throws {
        let line = BatchLine(Self.partition, capacity: 4)
        try await line.add(batch(0..<9, next: 9))
        let adding = Task { try await line.add(batch(9..<10, next: 10)) }
        line.close()
        #expect(try await line.next() == nil)
        try await adding.value
        let ended = Task { try await line.ended() }
        line.end()
        try await ended.value
    }
}
