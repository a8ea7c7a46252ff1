import Daybook
import Logging
import Synchronization

/// Drops what retention, trimming and compaction let go. It sleeps until something is due, or until it is told that something is.
final class Cleaner: Sendable {
    private enum Request {
        /// Something is due, or may be.
        case look
        /// Clean all there is, and tell.
        case all(CheckedContinuation<Void, Never>)
    }

    /// How much one step of the writer deletes or rewrites, so that appends do not wait long behind it.
    private static let sweepBatches = 64
    private static let compactionBytes = 2 << 20
    /// How many keys one pass of compaction tells apart: this bounds its memory.
    private static let compactionKeys = 500_000
    /// A pass reads the whole partition, so it waits for as many new records as it left old ones, and at least so many.
    static let compactionRecords: Int64 = 10_000
    private static let retryDelay = Duration.seconds(30)

    private let database: LogDatabase
    private let table: PartitionTable
    private let queue: CommitQueue
    private let configuration: SQLiteLog.Configuration
    private let requests: AsyncStream<Request>.Continuation
    private let isSignalled = Atomic(false)
    private let loop = Mutex<Task<Void, Never>?>(nil)

    init(
        _ database: LogDatabase, _ table: PartitionTable, _ queue: CommitQueue,
        _ configuration: SQLiteLog.Configuration
    ) {
        self.database = database
        self.table = table
        self.queue = queue
        self.configuration = configuration
        let (stream, continuation) = AsyncStream.makeStream(of: Request.self)
        requests = continuation
        let current: @Sendable () -> Cleaner? = { [weak self] in self }
        loop.withLock { $0 = Task { await Self.run(stream, current) } }
    }

    deinit {
        requests.finish()
    }

    /// Says that something may be due.
    func wake() {
        if !isSignalled.exchange(true, ordering: .relaxed) { requests.yield(.look) }
    }

    /// Cleans all there is now, whether it is due by itself or not.
    func cleanAll() async {
        await withCheckedContinuation { continuation in
            if case .terminated = requests.yield(.all(continuation)) { continuation.resume() }
        }
    }

    func close() async {
        requests.finish()
        await loop.withLock { $0 }?.value
    }

    /// The loop holds the cleaner only while it cleans, so that a log that is dropped without being closed ends it.
    private static func run(_ requests: AsyncStream<Request>, _ current: @Sendable () -> Cleaner?) async {
        var timer: Task<Void, any Error>?
        defer { timer?.cancel() }
        for await request in requests {
            timer?.cancel()
            guard let cleaner = current() else { return }
            cleaner.isSignalled.store(false, ordering: .relaxed)
            var delay: Duration?
            switch request {
            case .look:
                delay = await cleaner.pass(everything: false)
            case .all(let continuation):
                delay = await cleaner.pass(everything: true)
                continuation.resume()
            }
            timer = delay.map { delay in
                Task { [weak cleaner] in
                    try await Task.sleep(for: delay)
                    cleaner?.wake()
                }
            }
        }
    }

    // MARK: A pass

    /// Does what is due; tells after how long there is something to do again.
    private func pass(everything: Bool) async -> Duration? {
        var delay: Duration?
        for partition in table.partitionsToClean() {
            do {
                let due = try await clean(partition, everything: everything)
                delay = [delay, due].compactMap(\.self).min()
            } catch LogError.closed {
                return nil
            } catch {
                configuration.logger.warning(
                    "cannot clean \(partition.reference.name), will try again",
                    metadata: ["error": "\(error)", "after": "\(Self.retryDelay)"])
                table.postponeCompaction(of: partition.reference.id, by: Self.compactionRecords)
                delay = min(delay ?? Self.retryDelay, Self.retryDelay)
            }
        }
        return delay
    }

    private func clean(_ partition: PartitionTable.ToClean, everything: Bool) async throws -> Duration? {
        var delay: Duration?
        var low = partition.low
        if let retention = partition.retention, low < partition.end {
            (low, delay) = try await retain(partition, retention)
        }
        if partition.hasGarbage || low > partition.low { try await sweep(partition.reference, below: low) }
        if partition.isCompact, low < partition.end {
            if everything {
                try await compact(partition)
            } else if partition.end >= partition.compactAt {
                try await compactIfWorthwhile(partition)
            }
        }
        return delay
    }

    // MARK: Retention and trimming

    private func retain(_ partition: PartitionTable.ToClean, _ retention: Int64) async throws -> (Int64, Duration?) {
        let now = configuration.now().microseconds
        let reference = partition.reference
        let cutoff = now.subtractingReportingOverflow(retention).partialValue
        let (low, oldest) = try await database.read("to find what is older than the retention of \(reference.name)") {
            // By whole batches, which needs no look into them: a damaged one must not keep the others from going.
            let first = try BatchTable.firstBatch(
                $0, reference, atOrAfter: cutoff, from: partition.low, below: partition.end)
            let low = max(partition.low, first ?? partition.end)
            return (low, try CleaningTable.oldestTime($0, reference, from: low))
        }
        if low > partition.low { try await raiseLow(of: reference, to: low) }
        guard let oldest else { return (low, nil) }
        // Not at every single batch's end of time, but a few times within the retention.
        let pause = min(max(retention / 20, 10_000), 30_000_000)
        return (low, .microseconds(max(oldest - cutoff, pause)))
    }

    /// Moves a partition's low watermark. The records below it can no longer be read; their batches are swept by the cleaner.
    func raiseLow(of partition: PartitionReference, to offset: Int64) async throws {
        try await queue.perform("to trim \(partition.name)") { [table] database in
            let floor = table.lastTime(of: partition.id)
            try CleaningTable.raiseLow(database, partition.id, to: offset, timeFloor: floor)
        } committed: { [table] in
            table.raiseLow(partition.id, to: offset)
        }
    }

    private func sweep(_ partition: PartitionReference, below low: Int64) async throws {
        while try await queue.perform(
            "to delete old records of \(partition.name)",
            {
                try CleaningTable.sweep($0, partition, below: low, maximum: Self.sweepBatches)
            })
        {}
        table.swept(partition.id, below: low)
    }

    // MARK: Compaction

    private func compactIfWorthwhile(_ partition: PartitionTable.ToClean) async throws {
        let reference = partition.reference
        let action = "to see whether \(reference.name) is to be compacted"
        var survey = CompactionSurvey(
            expected: partition.end - partition.low, tombstonesBefore: tombstonesBefore)
        var next: Int64? = partition.low
        while let start = next {
            (survey, next) = try await database.read(action) { [survey] in
                var survey = survey
                let next = try CleaningTable.add(
                    $0, reference, from: start, below: partition.end, bytes: Self.compactionBytes, to: &survey)
                return (survey, next)
            }
        }
        if survey.isWorthwhile { return try await compact(partition) }
        table.postponeCompaction(of: reference.id, by: max(survey.records, Self.compactionRecords))
    }

    private var tombstonesBefore: Timestamp {
        configuration.now().advanced(by: .zero - configuration.tombstoneRetention)
    }

    private func compact(_ partition: PartitionTable.ToClean) async throws {
        let reference = partition.reference
        let action = "to compact \(reference.name)"
        var compaction = Compaction(lastOffset: partition.end - 1, tombstonesBefore: tombstonesBefore)
        var seen = try await database.read(action) { try CleaningTable.compacted($0, reference.id) }
        seen = max(seen, partition.low)
        while seen < partition.end, compaction.keys < Self.compactionKeys {
            let batches = try await read(reference, from: seen, below: partition.end, action)
            compaction.see(batches.records)
            seen = batches.next ?? partition.end
        }
        var kept: Int64 = 0
        var start = partition.low
        while start < seen {
            let batches = try await read(reference, from: start, below: seen, action)
            kept += Int64(try await rewrite(batches, compaction, of: reference, action))
            start = batches.next ?? seen
        }
        let end = seen
        try await queue.perform(action) { try CleaningTable.setCompacted($0, reference.id, to: end) }
        table.compacted(reference.id, below: end, next: end + max(kept, Self.compactionRecords))
        // More keys than one pass can tell apart: at once again.
        if end < partition.end { wake() }
    }

    private func read(
        _ partition: PartitionReference, from start: Int64, below end: Int64, _ action: String
    ) async throws -> CleaningTable.Batches {
        try await database.read(action) {
            try CleaningTable.batches($0, partition, from: start, below: end, bytes: Self.compactionBytes)
        }
    }

    /// Writes some batches anew without the records that go, packed more densely; how many records stay.
    private func rewrite(
        _ batches: CleaningTable.Batches, _ compaction: Compaction, of partition: PartitionReference, _ action: String
    ) async throws -> Int {
        let kept = batches.records.filter(compaction.keeps)
        let wouldBe = kept.count / BatchEncoder.maximumRecords + 1
        guard kept.count < batches.records.count || batches.keys.count > 2 * wouldBe else { return kept.count }
        let first = batches.keys.first.map(BatchKey.offset) ?? 0
        try await queue.perform(action) { [table, queue] database in
            // Trimmed meanwhile: what is below the low watermark is the sweeper's, and must not come back.
            if table.watermarks(of: partition.id).low > first { return }
            try CleaningTable.delete(database, batches.keys, of: partition)
            try queue.write(kept[...], to: partition, database)
        }
        return kept.count
    }
}
