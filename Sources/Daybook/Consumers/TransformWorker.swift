import Logging
import Synchronization

/// One membership of an ``EventTransformer``, from joining the group to leaving it.
actor TransformWorker {
    /// What all memberships of a transformer have in common.
    struct Plan: Sendable {
        let registrations: Registrations
        let publisher: Publisher
        let lookBack: Duration
        let logger: Logger
        let make: @Sendable (StreamPartition) -> any EventTransform
    }

    /// Nothing can be done before its time is over, and a member that is silent for so long is taken for dead.
    struct Rest: Error {
        var pause: Duration
    }

    /// What is known of a delivery that failed.
    struct Failure: Sendable {
        var attempts = 0
        var first: Timestamp?
        /// Why it is given up; nil while it is not.
        var end: String?
    }

    /// A record to be handled.
    struct Item: Sendable {
        var position: Position
        var stored: StoredRecord
        var entry: EventRecord
    }

    /// Outlives memberships, so that attempts are counted across them.
    final class Failures: Sendable {
        private let failures = Mutex<[Position: Failure]>([:])

        subscript(position: Position) -> Failure? {
            get { failures.withLock { $0[position] } }
            set { failures.withLock { $0[position] = newValue } }
        }
    }

    static let readSize = 500
    /// How often positions are committed behind which nothing was made.
    static let commitInterval = Duration.milliseconds(200)
    /// How long a member may be silent: well below ten session time-outs.
    static let silenceLimit = Duration.seconds(20)

    let plan: Plan
    let registration: Registration
    let member: any GroupMember
    let writer: any TransactionalWriter
    let failures: Failures
    /// Of the partitions that this member holds and has begun with.
    var transforms: [StreamPartition: any EventTransform] = [:]
    var held: Set<StreamPartition> = []
    /// What may be committed and is not.
    var pending: [StreamPartition: Int64] = [:]
    /// One at a time writes, so that a position never goes back.
    let gate = AsyncGate()
    private var lastAsked = ContinuousClock.now

    var log: any EventLog { plan.registrations.log }

    init(
        _ plan: Plan, _ registration: Registration, _ member: any GroupMember, _ writer: any TransactionalWriter,
        _ failures: Failures
    ) {
        self.plan = plan
        self.registration = registration
        self.member = member
        self.writer = writer
        self.failures = failures
    }

    // MARK: - Running

    /// - Throws: ``Rest``; `CancellationError`; what makes it necessary to join anew.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.read() }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.commitInterval)
                    try await self.flush()
                    try await self.handleRedriven()
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func read() async throws {
        var backoff = Backoff()
        while true {
            lastAsked = .now
            let event: GroupEvent
            do {
                event = try await member.next(maximum: Self.readSize)
                backoff.reset()
            } catch let error as LogError where error.isRetriable {
                plan.logger.warning("cannot read for now; trying again", metadata: ["error": "\(error)"])
                try await backoff.wait()
                continue
            }
            switch event {
            case .assigned(let partitions):
                // What a former holder did with what was taken out of the dead letters is known before it is done again.
                try await plan.registrations.retries.caughtUp(with: partitions, of: registration.id)
                held.formUnion(partitions)
            case .revoked(let partitions):
                try await flush()
                held.subtract(partitions)
                for partition in partitions {
                    transforms[partition] = nil
                    pending[partition] = nil
                }
            case .records(let batch):
                guard held.contains(batch.partition) else { continue }
                try await gate.withLock { try await self.handle(batch) }
            }
        }
    }

    /// Commits positions behind which nothing was made.
    func flush() async throws {
        try await gate.withLock { try await self.commitPending() }
    }

    private func commitPending() async throws {
        let positions = pending
        guard !positions.isEmpty else { return }
        do {
            try await member.commit(positions)
            for (partition, offset) in positions where pending[partition] == offset { pending[partition] = nil }
        } catch let error as LogError where error.isRetriable {
            plan.logger.debug("positions are not committed yet", metadata: ["error": "\(error)"])
        } catch LogError.fenced {
            // Others have these partitions; what the member is told next says which.
            pending = [:]
        }
    }

    // MARK: - Batches

    private func handle(_ batch: RecordBatch) async throws {
        let items = items(of: batch)
        var rest = items[...]
        while let first = rest.first {
            var transform = try await self.transform(of: batch.partition, before: batch.records[0])
            var made: [NewRecord] = []
            var failed: (any Error)?
            while let item = rest.first, made.count < Self.readSize {
                do {
                    made += try await outcome(of: item, &transform)
                    rest.removeFirst()
                } catch {
                    failed = error
                    break
                }
            }
            let next = rest.first?.position.offset ?? batch.nextOffset
            // What comes before a failure is not held back by it.
            if next != first.position.offset {
                try await write(made, position: next, of: batch.partition)
                transforms[batch.partition] = transform
                for item in items where item.position.offset < next { settled(item) }
            }
            if let failed, let item = rest.first { try await failedAttempt(item, failed) }
        }
        if items.isEmpty { pending[batch.partition] = batch.nextOffset }
    }

    private func settled(_ item: Item) {
        guard let failure = failures[item.position] else { return }
        failures[item.position] = nil
        if let reason = failure.end { tell(of: item, attempts: failure.attempts, reason) }
    }

    /// The records that follow from a delivery: what the transform makes of it, or its dead letter.
    private func outcome(of item: Item, _ transform: inout any EventTransform) async throws -> [NewRecord] {
        if let failure = failures[item.position], let reason = failure.end { return [letter(item, failure, reason)] }
        var next = transform
        let delivery = delivery(item)
        let events: [Event]
        do {
            events = try await next.transform(delivery)
        } catch let error as LogError {
            // Not of this member's log, as far as is known.
            throw HandlerFailure.retriable("\(error)")
        }
        let records = try await records(of: events, from: delivery.event)
        transform = next
        return records
    }

    private func failedAttempt(_ item: Item, _ error: any Error) async throws {
        try Task.checkCancellation()
        if let error = error as? LogError { throw error }
        var failure = failures[item.position] ?? Failure()
        var pause = Duration.zero
        switch error as? HandlerFailure {
        case .gone(let reason):
            _ = try? await plan.registrations.pause(registration.name, reason: reason)
            throw Rest(pause: .seconds(1))
        case .unavailable(let reason, let after):
            plan.logger.warning("what a transform depends on is down", metadata: ["error": "\(reason)"])
            pause = after ?? .seconds(1)
        case .permanent(let reason): failure.end = reason
        case .retriable, .withdrawn, nil:
            failure.attempts += 1
            failure.first = failure.first ?? .now
            if failure.attempts >= registration.policy.maximumAttempts { failure.end = "\(error)" }
            pause = registration.policy.delay(afterAttempts: failure.attempts)
            if case .retriable(_, let after?) = error as? HandlerFailure { pause = max(pause, after) }
        }
        failures[item.position] = failure
        if failure.end != nil { return }
        plan.logger.debug("a delivery failed; trying again", metadata: ["error": "\(error)", "pause": "\(pause)"])
        if lastAsked.duration(to: .now) + pause > Self.silenceLimit { throw Rest(pause: pause) }
        try await Task.sleep(for: pause)
    }

    /// The partition's transform; made anew from what lies before the record when this member has just taken it.
    private func transform(
        of partition: StreamPartition, before first: StoredRecord
    ) async throws -> any EventTransform {
        if let known = transforms[partition] { return known }
        var transform = plan.make(partition)
        if plan.lookBack > .zero { try await remember(&transform, partition, before: first) }
        transforms[partition] = transform
        return transform
    }

    private func remember(
        _ transform: inout any EventTransform, _ partition: StreamPartition, before first: StoredRecord
    ) async throws {
        let low = try await log.watermarks(of: [partition])[partition]?.low ?? 0
        let past = first.time.advanced(by: .zero - plan.lookBack)
        let start = max(try await log.offset(in: partition, at: past), low)
        guard start < first.offset else { return }
        let reader = try await log.reader(from: [partition: start])
        do {
            var batch: RecordBatch
            repeat {
                batch = try await reader.next(maximum: Self.readSize)
                for item in items(of: batch) where item.position.offset < first.offset {
                    var next = transform
                    // One that fails failed when it was delivered, and left no trace.
                    guard (try? await next.transform(delivery(item))) != nil else { continue }
                    transform = next
                }
            } while batch.nextOffset < first.offset
            await reader.close()
        } catch {
            await reader.close()
            throw error
        }
    }

    private func items(of batch: RecordBatch) -> [Item] {
        batch.records.compactMap { stored in
            let filter = registration.filter(at: stored.offset, of: batch.partition)
            guard let entry = registration.entry(of: stored, filter) else { return nil }
            return Item(position: Position(batch.partition, stored.offset), stored: stored, entry: entry)
        }
    }

    func delivery(_ item: Item) -> Delivery {
        Delivery(
            HistoryEntry(position: item.position, time: item.stored.time, record: item.entry),
            attempt: (failures[item.position]?.attempts ?? 0) + 1, registration: registration.name)
    }
}
