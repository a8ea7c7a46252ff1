public import Daybook
public import Logging
public import ServiceLifecycle
import Synchronization

/// Reads the history streams and folds them into an index, and keeps doing so: from the index's positions on, streams
/// made later included.
///
/// It writes nothing to the log. When the log cannot be read for a while it tries again by itself and says so in
/// ``state``. When retention has overtaken it in a partition, or the log has lost what it had read, it drops what the
/// index has of that partition, begins again at its low watermark, and says so in the program's log and in
/// ``ProjectorStatistics/restartedPartitions``.
public final class Projector: Service {
    public struct Options: Sendable {
        /// How many records are asked for at a time.
        public var batchSize = 2048
        /// How often it is looked for records that have left the log.
        public var retentionInterval = Duration.seconds(60)
        /// How long after the last snapshot another one is written, when anything was applied since; and after how many
        /// records, whatever the time. On a graceful shutdown one is written, too.
        public var snapshotInterval = Duration.seconds(60)
        public var snapshotRecords = 1_000_000

        public init() {}
    }

    public let index: EventIndex
    let catalog: StreamCatalog
    let options: Options
    let logger: Logger
    let snapshots: SnapshotStore?
    private let observer: (any ProjectorObserver)?
    private let waiters = PositionWaiters()
    private let catchUp = CatchUp()
    /// What enrolling chooses from, once somebody does.
    private let queues = Mutex<JobQueues?>(nil)
    let status = Mutex(Status())

    struct Status {
        var stallReason: String?
        /// The log's identity, once it was reached.
        var identity: String?
        var hasTriedSnapshot = false
        var recordsSinceSnapshot = 0
        var statistics = ProjectorStatistics()
        /// What is known of each partition's end.
        var ends: [StreamPartition: Int64] = [:]
        var nexts: [StreamPartition: Int64] = [:]
    }

    /// - Parameters:
    ///   - index: an index that nobody else writes to.
    ///   - snapshots: where the index is saved and, at the start, loaded from; nil to make it anew each time.
    ///   - observer: is told of what the index has. This is where live push gets its records.
    public init(
        catalog: StreamCatalog, index: EventIndex = EventIndex(), snapshots: SnapshotStore? = nil,
        options: Options = Options(), logger: Logger = Logger(label: "daybook.projector"),
        observer: (any ProjectorObserver)? = nil
    ) {
        self.catalog = catalog
        self.index = index
        self.snapshots = snapshots
        self.options = options
        self.logger = logger
        self.observer = observer
    }

    // MARK: - Asking

    public var state: ProjectorState {
        if let reason = status.withLock(\.stallReason) { return .stalled(reason: reason) }
        if let progress = catchUp.progress { return .starting(applied: progress.applied, of: progress.total) }
        return .following
    }

    public var statistics: ProjectorStatistics {
        status.withLock { status in
            var statistics = status.statistics
            statistics.lag = status.ends.reduce(0) { $0 + max(0, $1.value - (status.nexts[$1.key] ?? 0)) }
            return statistics
        }
    }

    /// Waits until a record is in the index, so that who wrote it reads it.
    ///
    /// - Returns: whether it is; false when the time is up, or the task is cancelled.
    public func waitUntilApplied(_ position: Position, timeout: Duration = .seconds(2)) async -> Bool {
        await waiters.wait(for: position, timeout: timeout)
    }

    /// Whether everything is in the index that the log held when the projector started.
    public var hasCaughtUp: Bool { catchUp.progress == nil }

    /// Waits until everything is in the index that the log held when the projector started.
    ///
    /// - Throws: `CancellationError`.
    public func caughtUp() async throws {
        try await catchUp.wait()
    }

    /// Keeps the queues that enrolling chooses from up to date with the index from now on.
    func feed(_ queues: JobQueues) {
        self.queues.withLock { $0 = queues }
    }

    // MARK: - Running

    /// Runs until the task is cancelled, shut down gracefully, or the log is closed.
    ///
    /// - Throws: an error of the log that trying again does not cure.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.readForEver() }
        } catch is CancellationError {
        } catch LogError.closed {
        }
        await saveSnapshot()
    }

    private func readForEver() async throws {
        var backoff = Backoff()
        while true {
            do {
                let reader = try await openReader()
                recovered()
                backoff.reset()
                do {
                    try await read(with: reader)
                } catch {
                    await reader.close()
                    throw error
                }
            } catch let error as LogError where error.isRetriable {
                stalled(error)
                try await backoff.wait()
            } catch LogError.outOfRange(let position, let available) {
                // The low watermark moved between looking and reading.
                try await restart(position, available, nil)
            }
        }
    }

    /// Reads from where the index is, or the partition begins.
    private func openReader() async throws -> any LogReader {
        let partitions = catalog.historyStreams.flatMap(\.allPartitions)
        let signals = catalog.layout.signals.allPartitions
        let marks = try await catalog.log.watermarks(of: partitions + signals)
        try await loadSnapshot(marks)
        var starts: [StreamPartition: Int64] = [:]
        for partition in partitions {
            guard let range = marks[partition] else { continue }
            if let next = index.position(of: partition), next < range.low || next > range.end {
                try await restart(Position(partition, next), range, nil)
            }
            index.add(partition, next: range.low)
            let next = index.position(of: partition) ?? range.low
            starts[partition] = next
            await index.trim(partition, below: range.low)
            note(partition, next: next, end: range.end)
        }
        catchUp.begin(starts, marks.filter { starts[$0.key] != nil }.mapValues(\.end))
        for (partition, next) in starts { waiters.publish(partition, next: next) }
        // What the signals stream holds is an hour old at most; it is read anew.
        for partition in signals { starts[partition] = marks[partition]?.low ?? 0 }
        for (partition, start) in starts { observer?.begins(partition, at: start, end: marks[partition]?.end ?? start) }
        return try await catalog.log.reader(from: starts)
    }

    private func read(with reader: any LogReader) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await withTaskExecutorPreference(self.catalog.log.executor) {
                    try await self.applyBatches(of: reader)
                }
            }
            group.addTask { try await self.addNewStreams(to: reader) }
            group.addTask { try await self.lookForRetention() }
            if snapshots != nil { group.addTask { try await self.saveSnapshots() } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func applyBatches(of reader: any LogReader) async throws {
        var backoff = Backoff()
        while true {
            do {
                let batch = try await reader.next(maximum: options.batchSize)
                recovered()
                backoff.reset()
                if catalog.log.executor == nil || index.canApplyAtOnce(batch) {
                    await apply(batch)
                } else {
                    // The log does not wait for it.
                    await withTaskExecutorPreference(globalConcurrentExecutor) { await self.apply(batch) }
                }
            } catch let error as LogError where error.isRetriable {
                stalled(error)
                try await backoff.wait()
            } catch LogError.outOfRange(let position, let available) {
                try await restart(position, available, reader)
            }
        }
    }

    private func apply(_ batch: RecordBatch) async {
        if batch.partition.stream == catalog.layout.signals.name {
            await index.applySignals(batch)
            waiters.publish(batch.partition, next: batch.nextOffset)
        } else {
            await index.apply(batch)
            queues.withLock { $0 }?.absorb(batch)
            note(batch.partition, next: batch.nextOffset, end: batch.end)
            waiters.publish(batch.partition, next: batch.nextOffset)
            catchUp.reached(batch.partition, next: batch.nextOffset)
        }
        status.withLock { status in
            status.statistics.batches += 1
            status.statistics.records += batch.records.count
            status.recordsSinceSnapshot += batch.records.count
        }
        observer?.applied(batch)
    }

    /// Streams that come into being are read from their beginning.
    private func addNewStreams(to reader: any LogReader) async throws {
        for await streams in catalog.observe() {
            let added = streams.flatMap(\.allPartitions).filter { index.position(of: $0) == nil }
            guard !added.isEmpty else { continue }
            var backoff = Backoff()
            while true {
                do {
                    let marks = try await catalog.log.watermarks(of: added)
                    for (partition, range) in marks {
                        index.add(partition, next: range.low)
                        // Nobody was told of anything in it.
                        observer?.begins(partition, at: range.low, end: range.low)
                    }
                    try await reader.add(marks.mapValues(\.low))
                    break
                } catch let error as LogError where error.isRetriable {
                    try await backoff.wait()
                }
            }
        }
        try Task.checkCancellation()
    }

    private func lookForRetention() async throws {
        while true {
            try await Task.sleep(for: options.retentionInterval)
            let partitions = Array(index.positions.offsets.keys)
            // When the log cannot be reached now, the next look is early enough.
            guard let marks = try? await catalog.log.watermarks(of: partitions) else { continue }
            for (partition, range) in marks { await index.trim(partition, below: range.low) }
        }
    }

    // MARK: - Troubles

    /// Begins a partition anew at its low watermark: what lies before it is lost to the index.
    private func restart(_ position: Position, _ available: Watermarks, _ reader: (any LogReader)?) async throws {
        let partition = position.partition
        if partition.stream != catalog.layout.signals.name {
            let error = LogError.outOfRange(position: position, available: available)
            logger.error(
                "retention has overtaken the index, or the log has lost records: the partition is read anew",
                metadata: ["partition": "\(partition)", "error": "\(error)"])
            status.withLock { $0.statistics.restartedPartitions += 1 }
            await index.restart(partition, at: available.low)
            note(partition, next: available.low, end: available.end)
            waiters.publish(partition, next: available.low)
            catchUp.reached(partition, next: available.low)
        }
        observer?.restarted(partition, at: available.low, end: available.end)
        try await reader?.add([partition: available.low])
    }

    private func stalled(_ error: LogError) {
        let isNew = status.withLock { status in
            defer { status.stallReason = error.description }
            return status.stallReason == nil
        }
        if isNew { logger.warning("the log cannot be read; trying again", metadata: ["error": "\(error)"]) }
    }

    private func recovered() {
        let wasStalled = status.withLock { status in
            defer { status.stallReason = nil }
            return status.stallReason != nil
        }
        if wasStalled { logger.info("the log can be read again") }
    }

    private func note(_ partition: StreamPartition, next: Int64, end: Int64) {
        status.withLock { status in
            status.nexts[partition] = next
            status.ends[partition] = end
        }
    }
}
