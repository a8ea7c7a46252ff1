import Daybook
import DaybookTesting
import Testing

/// What ``MemoryLog`` does beyond the contracts: what Kafka does, and what a simulation relies on.
@Suite struct MemoryLogTests {
    let clock = ManualClock()
    let store: MemoryStore
    let log: MemoryLog
    let partition = StreamPartition("stream", 0)

    init() async throws {
        let clock = clock
        store = MemoryStore(timers: clock) { clock.timestamp }
        log = MemoryLog(store: store)
        try await log.createStreams([StreamSpecification(name: "stream", partitions: 1)])
    }

    private func end() async throws -> Int64? { try await log.watermarks(of: [partition])[partition]?.end }

    private func record(_ text: String) -> NewRecord { NewRecord(partition, Record(value: Array(text.utf8))) }

    @Test func theEndOfATransactionTakesAnOffset() async throws {
        let writer = try await log.transactionalWriter(id: "writer")
        let appended = try await writer.transaction { try await $0.append([record("0")]) }
        #expect(appended[0].position.offset == 0)
        #expect(try await end() == 2)
        #expect(try await log.records(at: [Position(partition, 1)]) == [nil])
    }

    @Test func anOpenTransactionHoldsLaterRecordsBack() async throws {
        let writer = try await log.transactionalWriter(id: "writer")
        try await writer.transaction { transaction in
            _ = try await transaction.append([record("0")])
            _ = await log.append([record("1")])
            #expect(try await end() == 0)
        }
        #expect(try await end() == 3)
    }

    @Test func aTransactionRunsOutOfTime() async throws {
        let writer = try await log.transactionalWriter(id: "writer")
        let (appended, late) = (Watched(), Watched())
        let task = Task {
            try await writer.transaction { transaction in
                _ = try await transaction.append([record("late")])
                appended.fire()
                try await late.fired()
            }
        }
        try await appended.fired()
        clock.advance(by: .seconds(10))
        // Held back until the abort, which takes the next offset.
        let reader = try await log.reader(from: [partition: 0])
        let batch = try await withDeadline(what: "the abort") { try await reader.next(maximum: 1) }
        #expect(batch.records.isEmpty && batch.nextOffset == 2)
        late.fire()
        await #expect(throws: LogError.fenced) { try await task.value }
    }

    @Test func logTimesStandStillWhenTheClockGoesBack() async throws {
        clock.advance(by: .seconds(60))
        let first = try await log.append([record("0")])[0].get()
        clock.advance(by: .seconds(-30))
        let second = try await log.append([record("1")])[0].get()
        clock.advance(by: .seconds(60))
        let third = try await log.append([record("2")])[0].get()
        #expect(second.time == first.time)
        #expect(third.time == first.time.advanced(by: .seconds(30)))
    }

    @Test func aWaitingMemberIsNeverTakenForDead() async throws {
        let member = try await log.join(
            group: "group", streams: ["stream"], options: GroupOptions(sessionTimeout: .seconds(1)))
        guard case .assigned([partition]) = try await member.next(maximum: 1) else {
            Issue.record("nothing was assigned")
            return
        }
        let waiting = Task { try await member.next(maximum: 1) }
        for _ in 0..<20 {
            for _ in 0..<20 { await Task.yield() }
            clock.advance(by: .seconds(10))
        }
        #expect(await member.assignment == [partition])
        _ = await log.append([record("0")])
        guard case .records = try await waiting.value else {
            Issue.record("it was not given the record")
            return
        }
    }

    @Test func equalRunsGiveEqualLogs() async throws {
        func run() async throws -> [StoredRecord?] {
            let log = MemoryLog()
            try await log.createStreams([StreamSpecification(name: "stream", partitions: 1)])
            let writer = try await log.transactionalWriter(id: "writer")
            for number in 0..<5 {
                _ = await log.append([record("\(number)"), record("again")])
                _ = try await writer.transaction { try await $0.append([record("in transaction")]) }
            }
            return try await log.records(at: (0..<30).map { Position(partition, $0) })
        }
        #expect(try await run() == run())
    }

    @Test func compactedStreamsNeedKeys() async throws {
        try await log.createStreams([StreamSpecification(name: "compacted", partitions: 1, cleanup: .compact)])
        let outcomes = await log.append([NewRecord(StreamPartition("compacted", 0), Record(value: [1]))])
        #expect(outcomes == [.failure(.refused("stream compacted is compacted: its records need a key"))])
    }
}
