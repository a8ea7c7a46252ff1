import Daybook
import DaybookTesting
import Testing

@testable import DaybookSQLite

/// How writes share commits, and wait for each other.
@Suite struct CommitTests {
    @Test func whatWaitsIsCommittedTogether() async throws {
        let log = try await SQLiteLog.inMemory()
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 4)])
        let before = log.statistics.commits
        try await withThrowingTaskGroup(of: Void.self) { group in
            // An open transaction keeps the appends waiting until all of them are there.
            let (isOpen, mayEnd) = (Watched(false), Watched(false))
            group.addTask {
                try await log.transactionalWriter(id: "writer").transaction { transaction in
                    _ = try await transaction.append(samples(0..<1))
                    isOpen.update { $0 = true }
                    try await mayEnd.when { $0 ? () : nil }
                }
            }
            try await isOpen.when { $0 ? () : nil }
            let committed = log.statistics.commits
            for number in 0..<200 {
                group.addTask {
                    try await log.store(samples(number..<number + 1, in: StreamPartition("orders", Int32(number % 4))))
                }
            }
            try await withDeadline(what: "200 appends to wait") {
                while log.queue.waiting < 200 { await Task.yield() }
            }
            #expect(log.statistics.commits == committed)
            mayEnd.update { $0 = true }
            try await group.waitForAll()
        }
        // The writer's fencing, the transaction, and all the appends.
        #expect(log.statistics.commits - before == 3)
        #expect(log.statistics.appendedRecords == 201)
        try await log.close()
    }

    @Test func aTransactionThatTakesTooLongIsAborted() async throws {
        var configuration = SQLiteLog.Configuration()
        configuration.transactionTimeout = .milliseconds(50)
        let log = try await SQLiteLog.inMemory(configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        let writer = try await log.transactionalWriter(id: "writer")
        await #expect(throws: LogError.fenced) {
            try await writer.transaction { transaction in
                _ = try await transaction.append(samples(0..<1))
                // Waits for the transaction itself: only its end lets this one in.
                try await log.store(samples(1..<2))
                _ = try await transaction.append(samples(2..<3))
            }
        }
        #expect(try await log.all().map { $0.record.headers["number"] } == ["1"])
        #expect(try await log.all().map(\.offset) == [0])
        try await writer.transaction { _ = try await $0.append(samples(3..<4)) }
        #expect(try await log.all().map { $0.record.headers["number"] } == ["1", "3"])
        try await log.close()
    }

    @Test func aCancelledAppendGivesUpTheWaitingOnly() async throws {
        let log = try await SQLiteLog.inMemory()
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        let writer = try await log.transactionalWriter(id: "writer")
        try await writer.transaction { transaction in
            let waiting = Task { await log.append(samples(1..<2)) }
            try await withDeadline(what: "an append to wait") {
                while log.queue.waiting < 1 { await Task.yield() }
            }
            waiting.cancel()
            let result = try #require(await waiting.value.first)
            guard case .failure(let error) = result else {
                Issue.record("an append was answered while a transaction was open")
                return
            }
            #expect(error.mayBeStored)
            _ = try await transaction.append(samples(0..<1))
        }
        try await log.store(samples(2..<3))
        #expect(try await log.all().map { $0.record.headers["number"] } == ["0", "1", "2"])
        try await log.close()
    }

    @Test func whatWaitsIsBounded() async throws {
        var configuration = SQLiteLog.Configuration()
        configuration.maximumWaitingBytes = 10_000
        let log = try await SQLiteLog.inMemory(configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        try await log.transactionalWriter(id: "writer").transaction { _ in
            // Larger than the limit, but the first.
            let first = Task { await log.append(samples(0..<1, size: 20_000)) }
            try await withDeadline(what: "an append to wait") {
                while log.queue.waiting < 1 { await Task.yield() }
            }
            let results = await log.append(samples(1..<2))
            guard case .failure(.unavailable) = results.first else {
                Issue.record("\(results)")
                return
            }
            first.cancel()
        }
        try await log.store(samples(1..<2))
        #expect(try await log.all().count == 2)
        try await log.close()
    }

    @Test func readersSeeWholeCommitsWhileOthersWrite() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var configuration = SQLiteLog.Configuration()
        // Small, so that readers go back and forth between memory and database.
        configuration.hotTailBytes = 4096
        configuration.writeAheadPages = 16...64
        let log = try await SQLiteLog.open(directory: directory.path, configuration: configuration)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 3)])
        let partitions = StreamSpecification(name: "orders", partitions: 3).allPartitions
        try await withThrowingTaskGroup(of: Void.self) { group in
            for partition in partitions {
                group.addTask {
                    for start in stride(from: 0, to: 600, by: 6) {
                        try await log.store(samples(start..<start + 6, in: partition))
                    }
                }
            }
            for maximum in [1, 5, 1000] {
                group.addTask {
                    let reader = try await log.reader(
                        from: Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) }))
                    var next = Dictionary(uniqueKeysWithValues: partitions.map { ($0, Int64(0)) })
                    while next.values.contains(where: { $0 < 600 }) {
                        let batch = try await reader.next(maximum: maximum)
                        let start = next[batch.partition] ?? 0
                        #expect(batch.records.map(\.offset) == (start..<batch.nextOffset).map { $0 })
                        #expect(batch.records.allSatisfy { $0.record.headers["number"] == "\($0.offset)" })
                        #expect(batch.end % 6 == 0)
                        next[batch.partition] = batch.nextOffset
                    }
                    await reader.close()
                }
            }
            try await group.waitForAll()
        }
        try await log.close()
    }
}
