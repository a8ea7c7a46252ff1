import DequeModule
import Logging

/// Hands what a group member reads to a handler, and settles it: one member's part of a registration.
///
/// - Each lane (an ordering key in a partition) is handed over in order, one call at a time; lanes go side by side, up to
///   the policy's concurrency.
/// - A partition's position is committed up to its first delivery that is not settled.
/// - What would hold a position back for too long is written to the retries stream, in the transaction that commits past
///   it; later records of its lane follow it there until the lane is drained. Who holds the partition delivers them.
/// - What is given up goes to the dead letters, in the same way. When that cannot be written, the position stays.
actor DeliveryEngine {
    struct Options: Sendable {
        /// How many records are asked for at a time.
        var readSize = 2000
        /// How many deliveries may be in memory; then reading rests.
        var maximumOpen = 10_000
        /// How many deliveries may lie in the retries stream and wait for the handler alone; then reading rests until most
        /// of them are settled. Else all that is read behind a lane that was parked once would go there, too, to be
        /// written twice more and read again.
        var maximumReadyParked = 1000
        /// How many calls of the handler may be under way, when the policy says fewer.
        var minimumConcurrency = 1
        /// How often positions are committed.
        var commitInterval = Duration.milliseconds(200)
        /// How long a partition that goes to another member is held for calls that are under way.
        var revokeTimeout = Duration.seconds(4)
        /// How long it then waits for the calls that it has cancelled.
        var cancelTimeout = Duration.seconds(1)
        /// How often a member that rests shows that it lives: well below ten session time-outs.
        var restLimit = Duration.seconds(15)
        /// After how long without anything settled, while something is to be done, the registration has stalled.
        var stallLimit = Duration.seconds(60)
        /// How many calls that do not end may be left behind.
        var maximumAbandoned = 64
        var now: @Sendable () -> Timestamp = { .now }
    }

    /// What a member's next engine goes on with.
    struct Carried: Sendable {
        var statistics = DeliveryStatistics()
        var hasStalled = false
    }

    /// One call of the handler under way.
    struct Attempt {
        var items: [DeliveryItem]
        /// Whose call it is.
        var worker: Int
        /// Nil when the handler sees to it by itself.
        var deadline: ContinuousClock.Instant?

        /// Whether it is about one of these partitions; nil is all.
        func concerns(_ names: Set<StreamPartition>?) -> Bool {
            guard let names else { return true }
            return items.contains { names.contains($0.position.partition) }
        }
    }

    let registration: Registration
    let handler: any EventHandler
    let member: any GroupMember
    let log: any EventLog
    let layout: StreamLayout
    let retries: ParkedDeliveries
    let options: Options
    let logger: Logger
    /// Tells others what happens; nil tells nobody.
    let news: RegistrationNews?
    /// Whether the registration, its owner's rights above all, is still as it was given. While it is not nothing is handed over:
    /// whoever runs this will soon do so with the new one.
    let isCurrent: @Sendable () -> Bool
    /// Called when the handler says that it must never be called again.
    let whenGone: @Sendable (String) async -> Void

    var partitions: [StreamPartition: PartitionProgress] = [:]
    /// See ``PartitionProgress/assignment``.
    var lastAssignment = 0
    var queue = DeliveryQueue()
    /// The lanes that have something in the retries stream, or on its way there.
    var parkedLanes: [Lane: ParkedLane] = [:]
    /// How far the lanes were settled that had something in the retries stream when their partition was taken up. What is
    /// read again up to there, since it was not committed past, does not come again: it would come behind later ones.
    var settledLanes: [StreamPartition: [Lane: Int64]] = [:]
    var statistics: DeliveryStatistics

    // What is being written to retries and dead letters; see DeliveryEngine+Writing.
    var writes: Deque<ParkingWrite> = []
    var isWriting = false
    // Whose turn it is to commit positions; see DeliveryEngine+Committing.
    var isCommitting = false
    var commitWaiters: Deque<CheckedContinuation<Void, Never>> = []
    var writer: (any TransactionalWriter)?
    let writerID: String

    // The handler's calls; see DeliveryEngine+Handling.
    var attempts: [Int: Attempt] = [:]
    var lastAttempt = 0
    var workers: [Int: Task<Void, Never>] = [:]
    var lastWorker = 0
    var abandoned = 0
    var idle: [CheckedContinuation<Void, Never>] = []
    var breaker = CircuitBreaker()
    var isStopping = false
    var isGone = false
    /// Partitions that are being given to another member.
    var leaving: Set<StreamPartition> = []
    /// When something was settled last, or there was nothing to settle.
    var lastProgress = ContinuousClock.now
    var hasStalled: Bool
    /// Since when a batch waits for more; nil when none does.
    var lingersSince: ContinuousClock.Instant?
    private var timers = TimerQueue<@Sendable (isolated DeliveryEngine) -> Void>()
    private var timer: Task<Void, Never>?
    /// When it wakes; nil when it does not.
    private var armedUntil: ContinuousClock.Instant?
    private var spaceWaiter: CheckedContinuation<Void, Never>?
    /// Whether reading rests since too many wait in the retries stream.
    private var restsForParked = false
    var settleWaiters: [CheckedContinuation<Void, Never>] = []

    init(
        _ registration: Registration, handler: any EventHandler, member: any GroupMember, log: any EventLog,
        layout: StreamLayout, retries: ParkedDeliveries, options: Options = Options(), logger: Logger,
        news: RegistrationNews? = nil, carried: Carried = Carried(),
        isCurrent: @escaping @Sendable () -> Bool = { true },
        whenGone: @escaping @Sendable (String) async -> Void = { _ in }
    ) {
        self.registration = registration
        self.handler = handler
        self.member = member
        self.log = log
        self.layout = layout
        self.retries = retries
        self.options = options
        self.logger = logger
        self.news = news
        statistics = carried.statistics
        hasStalled = carried.hasStalled
        self.isCurrent = isCurrent
        self.whenGone = whenGone
        writerID = "\(layout.prefix)-registration-\(registration.id)-\(EventID.generate())"
    }

    // MARK: - Running

    /// Delivers until the task is cancelled; then it finishes the calls that are under way, commits, and leaves the group.
    ///
    /// - Throws: a ``LogError`` that trying again does not cure, such as a position that is no longer stored.
    func run() async throws {
        await handler.admit()
        for _ in 0..<max(registration.policy.concurrency, options.minimumConcurrency) { startWorker() }
        var failure: (any Error)?
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.read() }
                group.addTask { try await self.commitRegularly() }
                group.addTask { await self.watchRedriven() }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch is CancellationError {
        } catch {
            failure = error
        }
        // Cancellation stops the reading, not what is in hand.
        await Task { await self.finish() }.value
        if let failure { throw failure }
    }

    private func read() async throws {
        var backoff = Backoff()
        while !isStopping {
            do {
                var size = options.readSize
                if mustRest() {
                    await waitForSpace()
                    try Task.checkCancellation()
                    // Asking shows that it lives.
                    if mustRest() { size = 1 }
                }
                let event = try await member.next(maximum: size)
                backoff.reset()
                switch event {
                case .assigned(let assigned): try await begin(assigned)
                case .revoked(let revoked): await give(back: revoked)
                case .records(let batch): accept(batch)
                }
            } catch let error as LogError where error.isRetriable {
                logger.warning("cannot read for now; trying again", metadata: ["error": "\(error)"])
                try await backoff.wait()
            }
        }
    }

    private func accept(_ batch: RecordBatch) {
        guard var progress = partitions[batch.partition] else { return }
        let filter = registration.filters.count == 1 ? registration.filter : nil
        let settled = settledLanes[batch.partition]
        let wants = handler.wants(batch.records)
        for (at, stored) in batch.records.enumerated() where wants?[at] != false {
            let wanted =
                registration.filters.count == 1
                ? filter : registration.filter(at: stored.offset, of: batch.partition)
            guard let entry = registration.entry(of: stored, wanted) else { continue }
            statistics.matched += 1
            let position = Position(batch.partition, stored.offset)
            let item = DeliveryItem(
                position: position, record: stored, entry: entry, assignment: progress.assignment)
            if let settled, let last = settled[item.lane], stored.offset <= last { continue }
            if parkedLanes[item.lane] != nil {
                // Redriven meanwhile.
                if parkedLanes[item.lane]?.holds(position) == true { continue }
                progress.add(stored.offset)
                follow(item)
            } else {
                progress.add(stored.offset)
                queue.add(item)
            }
        }
        if let settled, settled.values.allSatisfy({ $0 < batch.nextOffset }) { settledLanes[batch.partition] = nil }
        progress.read(to: batch.nextOffset, end: batch.end)
        statistics.read += batch.records.count
        partitions[batch.partition] = progress
        wakeWorkers()
    }

    // MARK: - Progress

    /// The delivery no longer holds its partition's position back.
    func settle(_ position: Position) {
        partitions[position.partition]?.settle(position.offset)
        lastProgress = .now
        hasStalled = false
        tellOfSpace()
        if !settleWaiters.isEmpty {
            for waiter in settleWaiters { waiter.resume() }
            settleWaiters = []
        }
    }

    /// Tells once when nothing moves any more.
    func lookForStall() {
        let open = partitions.values.reduce(0) { $0 + $1.openCount }
        let now = ContinuousClock.now
        guard open > 0 else {
            lastProgress = now
            hasStalled = false
            return
        }
        let pause = lastProgress.duration(to: now)
        // Who waits for clients waits for as long as it takes.
        guard !hasStalled, !handler.boundsItself, pause >= options.stallLimit else { return }
        hasStalled = true
        let reason = breaker.reason ?? "its handler does not settle what it was given"
        logger.warning("the registration makes no progress", metadata: ["reason": "\(reason)", "for": "\(pause)"])
        let behind = lag.values.reduce(0, +)
        if let news {
            Task { [registration] in await news.stalled(registration, reason, behind: behind, after: pause) }
        }
    }

    var carried: Carried { Carried(statistics: statistics, hasStalled: hasStalled) }

    /// How many records each partition still has, behind what is settled.
    var lag: [StreamPartition: Int64] {
        partitions.mapValues { max(0, $0.end - ($0.settled ?? $0.end)) }
    }

    /// What it did, and what keeps it from doing more.
    var report: DeliveryStatistics {
        var report = statistics
        report.unavailable = breaker.reason
        return report
    }

    // MARK: - Space and end

    private func mustRest() -> Bool {
        if queue.count >= options.maximumOpen { return true }
        if partitions.values.contains(where: { $0.openCount >= options.maximumOpen }) { return true }
        let ready = parkedLanes.values.reduce(0) { $0 + $1.readyCount }
        let limit = options.maximumReadyParked
        restsForParked = ready >= (restsForParked ? max(1, limit / 10) : limit)
        return restsForParked
    }

    /// Has reading go on when it rests and need not any more.
    func tellOfSpace() {
        if spaceWaiter != nil, !mustRest() { spaceWaiter.take()?.resume() }
    }

    private func waitForSpace() async {
        let pause = setTimer(in: options.restLimit) { $0.spaceWaiter.take()?.resume() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled || !mustRest() { continuation.resume() } else { spaceWaiter = continuation }
            }
        } onCancel: {
            Task { await self.stopWaitingForSpace() }
        }
        cancelTimer(pause)
    }

    private func stopWaitingForSpace() {
        spaceWaiter.take()?.resume()
    }

    /// Something ended that somebody may wait for.
    func wakeSettleWaiters() {
        for waiter in settleWaiters { waiter.resume() }
        settleWaiters = []
    }

    private func finish() async {
        isStopping = true
        wakeWorkers()
        await withdraw(nil, for: registration.policy.attemptTimeout)
        for worker in workers.values { worker.cancel() }
        workers = [:]
        timer?.cancel()
        armedUntil = nil
        timers.removeAll()
        await commit(Set(partitions.keys))
        await writer?.close()
        await member.leave()
    }

    // MARK: - Timers

    /// - Returns: what ``cancelTimer(_:)`` takes.
    @discardableResult
    func setTimer(in pause: Duration, _ action: @escaping @Sendable (isolated DeliveryEngine) -> Void) -> Int {
        let due = ContinuousClock.now.advanced(by: pause)
        if armedUntil.map({ due < $0 }) ?? true { armTimer(due) }
        return timers.add(action, due: due)
    }

    func cancelTimer(_ id: Int) { timers.cancel(id) }

    private func armTimer(_ next: ContinuousClock.Instant) {
        timer?.cancel()
        armedUntil = next
        timer = Task { [weak self] in
            try? await Task.sleep(until: next, clock: .continuous)
            if !Task.isCancelled { await self?.fire() }
        }
    }

    private func fire() {
        armedUntil = nil
        for action in timers.takeDue(at: .now) { action(self) }
        if let next = timers.next, armedUntil.map({ next < $0 }) ?? true { armTimer(next) }
    }
}
