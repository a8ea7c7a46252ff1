import Synchronization

/// Writes events to the log, in batches.
///
/// Every write is validated, encoded and put into the partition of its ordering key (changes: of the event's
/// `created` record), and acknowledged with its position once it is durable. Writes of one batch with one ordering
/// key in one stream keep their order.
public final class Publisher: Sendable {
    public let catalog: StreamCatalog
    public let limits: EventLimits
    /// Who writes, unless a call says otherwise.
    public let actor: String?
    /// Decides writes that concern a hash; without one they are refused.
    public let arbiter: (any Arbiter)?
    /// The transactional writer behind atomic batches, made when first needed and again after it was fenced or failed.
    private let writer = Mutex<(any TransactionalWriter)?>(nil)
    private let writerGate = AsyncGate()
    private let transactionalID: String

    /// - Parameter transactionalID: names this publisher's transactions; unique in the log among live publishers.
    public init(
        catalog: StreamCatalog, limits: EventLimits = EventLimits(), actor: String? = nil,
        arbiter: (any Arbiter)? = nil, transactionalID: String? = nil
    ) {
        self.catalog = catalog
        self.arbiter = arbiter
        self.limits = limits
        self.actor = actor
        self.transactionalID = transactionalID ?? "\(catalog.layout.prefix)-publisher-\(EventID.generate())"
    }

    /// Publishes one event.
    @discardableResult
    public func publish(_ event: Event) async throws(PublishError) -> Published {
        try await write([.create(event)])[0].get()
    }

    /// Publishes events; the outcomes are in their order.
    public func publish(_ events: [Event]) async -> [Result<Published, PublishError>] {
        await writeAll(events, actor: actor, holder: nil, atomically: false)
    }

    /// Changes one event.
    @discardableResult
    public func change(_ event: EventReference, _ change: EventChange) async throws(PublishError) -> Published {
        try await write([.change(event, change)])[0].get()
    }

    /// Deletes one event.
    @discardableResult
    public func delete(_ event: EventReference) async throws(PublishError) -> Published {
        try await write([.delete(event)])[0].get()
    }

    /// Writes a batch; the outcomes are in the order of the writes.
    ///
    /// - Parameters:
    ///   - actor: who writes, when it is not the publisher's own.
    ///   - holder: who acts where a write concerns a job; nil is an operator.
    ///   - atomically: all or nothing. When one write is refused or fails, it carries the reason and the others
    ///     ``PublishError/batchAborted``. Writes that concern a hash cannot be part of it.
    public func write(
        _ writes: [EventWrite], actor: String? = nil, holder: Holder? = nil, atomically: Bool = false
    ) async -> [Result<Published, PublishError>] {
        await writeAll(writes, actor: actor ?? self.actor, holder: holder, atomically: atomically)
    }

    /// Generic, so that events that are only created, most of what there is, need not be made ``EventWrite``s.
    private func writeAll<Write: RecordWrite>(
        _ writes: [Write], actor: String?, holder: Holder?, atomically: Bool
    ) async -> [Result<Published, PublishError>] {
        guard let checks = catalog.topics.checks else {
            return await writeChecked(writes, [:], actor: actor, holder: holder, atomically: atomically)
        }
        var batch = CheckedBatch(writes)
        batch.check(against: checks, limits)
        var outcomes = await writeChecked(
            batch.writes, batch.refused, actor: actor, holder: holder, atomically: atomically)
        batch.tell(&outcomes, catalog.topics)
        return outcomes
    }

    /// - Parameter refused: why writes are not made, by their numbers.
    private func writeChecked<Write: RecordWrite>(
        _ writes: [Write], _ refused: [Int: PublishError], actor: String?, holder: Holder?, atomically: Bool
    ) async -> [Result<Published, PublishError>] {
        var records: [NewRecord] = []
        records.reserveCapacity(writes.count)
        var refused = refused
        var isHashed = [Bool](repeating: false, count: writes.count)
        var anyIsHashed = false
        for at in writes.indices {
            if !refused.isEmpty, refused[at] != nil { continue }
            do throws(PublishError) {
                isHashed[at] = writes[at].isHashed
                if isHashed[at] { try checkHashed(atomically: atomically) }
                if let record = try writes[at].record(limits, catalog, actor: actor) {
                    records.append(record)
                } else {
                    records.append(try await recordInNewStream(writes[at], actor: actor))
                }
                anyIsHashed = anyIsHashed || isHashed[at]
            } catch {
                refused[at] = error
            }
        }
        if atomically {
            if !refused.isEmpty { return writes.indices.map { .failure(refused[$0] ?? .batchAborted) } }
            let outcome = await appendAtomically(records)
            return writes.indices.map { at in outcome.map { writes[at].published($0[at]) } }
        }
        if anyIsHashed, let arbiter {
            return await HashedBatch(writes, records, refused, isHashed, catalog, holder).write(arbiter)
        }
        var outcomes = await catalog.log.append(records).makeIterator()
        return writes.indices.map { at in
            if !refused.isEmpty, let error = refused[at] { return .failure(error) }
            switch outcomes.next() {
            case .success(let appended): return .success(writes[at].published(appended))
            case .failure(let error): return .failure(.log(error))
            case nil: return .failure(.log(.outcomeUnknown("the log gave fewer answers than it got records")))
            }
        }
    }

    private func checkHashed(atomically: Bool) throws(PublishError) {
        if arbiter == nil { throw .noArbiter }
        guard !atomically else {
            throw .invalid(
                InvalidEvent([
                    FieldProblem(
                        "hash", "bad_value",
                        "cannot be part of an atomic batch, as it is decided by itself: publish without atomic, or without hash"
                    )
                ]))
        }
    }

    /// Makes the stream of a topic that has none yet, and then the record.
    func recordInNewStream(_ write: some RecordWrite, actor: String?) async throws(PublishError) -> NewRecord {
        do {
            _ = try await catalog.stream(forTopic: write.topic)
        } catch let error as LogError {
            throw .log(error)
        } catch let error as LayoutConflict {
            throw .layout(error)
        } catch {
            throw .log(.unavailable("\(error)"))
        }
        guard let record = try write.record(limits, catalog, actor: actor) else {
            throw .log(.unavailable("the stream of topic \(write.topic) was made and is not known"))
        }
        return record
    }

    /// Publishes what the body collects, in order, when it returns: all or nothing. A body that throws publishes
    /// nothing.
    ///
    /// - Throws: what the body throws; ``PublishError`` of the first write that was refused.
    @discardableResult
    public func transaction<Outcome>(
        actor: String? = nil, _ body: (inout PublishScope) async throws -> Outcome
    ) async throws -> (outcome: Outcome, published: [Published]) {
        var scope = PublishScope()
        let outcome = try await body(&scope)
        guard !scope.writes.isEmpty else { return (outcome, []) }
        let results = await write(scope.writes, actor: actor, atomically: true)
        // The one that was refused says more than those that went down with it.
        for case .failure(let error) in results where error != .batchAborted { throw error }
        return (outcome, try results.map { try $0.get() })
    }

    /// Gives the transactional writer up, if there is one.
    public func close() async {
        let writer = self.writer.withLock { writer in
            defer { writer = nil }
            return writer
        }
        await writer?.close()
    }

    // MARK: - Atomic batches

    private func appendAtomically(_ records: [NewRecord]) async -> Result<[Appended], PublishError> {
        do {
            let appended = try await writerGate.withLock { [self] in
                let writer = try await transactionalWriter()
                do {
                    return try await writer.transaction { try await $0.append(records) }
                } catch {
                    // A writer after an error may be of no further use; making a new one fences and cleans up what is
                    // left.
                    self.writer.withLock { $0 = nil }
                    await writer.close()
                    throw error
                }
            }
            return .success(appended)
        } catch let error as LogError {
            return .failure(.log(error))
        } catch is CancellationError {
            return .failure(.log(.outcomeUnknown("cancelled while the batch was being written")))
        } catch {
            return .failure(.log(.unavailable("\(error)")))
        }
    }

    private func transactionalWriter() async throws -> any TransactionalWriter {
        if let writer = writer.withLock({ $0 }) { return writer }
        let made = try await catalog.log.transactionalWriter(id: transactionalID)
        writer.withLock { $0 = made }
        return made
    }
}

/// Collects the writes of a ``Publisher/transaction(actor:_:)``.
public struct PublishScope: Sendable {
    public private(set) var writes: [EventWrite] = []

    /// Adds an event to be created.
    public mutating func publish(_ event: Event) {
        writes.append(.create(event))
    }

    /// Adds a change.
    public mutating func change(_ event: EventReference, _ change: EventChange) {
        writes.append(.change(event, change))
    }

    /// Adds a deletion.
    public mutating func delete(_ event: EventReference) {
        writes.append(.delete(event))
    }
}
