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
    /// The transactional writer behind atomic batches, made when first needed and again after it was fenced or failed.
    private let writer = Mutex<(any TransactionalWriter)?>(nil)
    private let writerGate = AsyncGate()
    private let transactionalID: String

    /// - Parameter transactionalID: names this publisher's transactions; unique in the log among live publishers.
    public init(
        catalog: StreamCatalog, limits: EventLimits = EventLimits(), actor: String? = nil,
        transactionalID: String? = nil
    ) {
        self.catalog = catalog
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
        await write(events.map { .create($0) })
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
    ///   - atomically: all or nothing. When one write is refused or fails, it carries the reason and the others
    ///     ``PublishError/batchAborted``.
    public func write(
        _ writes: [EventWrite], actor: String? = nil, atomically: Bool = false
    ) async -> [Result<Published, PublishError>] {
        var results: [Result<Published, PublishError>?] = Array(repeating: nil, count: writes.count)
        var records: [NewRecord] = []
        var indices: [Int] = []
        records.reserveCapacity(writes.count)
        for (at, write) in writes.enumerated() {
            do throws(PublishError) {
                records.append(try await encode(write, actor: actor ?? self.actor))
                indices.append(at)
            } catch {
                results[at] = .failure(error)
            }
        }
        if atomically {
            if records.count < writes.count { return results.map { $0 ?? .failure(.batchAborted) } }
            let outcome = await appendAtomically(records)
            return writes.enumerated().map { at, write in
                outcome.map { Self.published(write, $0[at]) }
            }
        }
        let outcomes = await catalog.log.append(records)
        for (at, outcome) in zip(indices, outcomes) {
            results[at] = outcome.mapError { .log($0) }.map { Self.published(writes[at], $0) }
        }
        return results.map { $0 ?? .failure(.batchAborted) }
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

    // MARK: - Records

    private func encode(_ write: EventWrite, actor: String?) async throws(PublishError) -> NewRecord {
        switch write {
        case .create(let event):
            let event = try checked(event)
            guard event.hash == nil else { throw .hashedWritesUnsupported }
            let stream = try await stream(of: event)
            let entry = EventRecord(operation: .created, recordID: event.id.description, event: event, actor: actor)
            return NewRecord(partition(of: event, in: stream), RecordEncoder.encode(entry))
        case .signal(let event):
            let event = try checked(event)
            let entry = EventRecord(operation: .created, recordID: event.id.description, event: event, actor: actor)
            return NewRecord(signalsPartition(of: event.id), RecordEncoder.encode(entry))
        case .change(let reference, let change):
            do throws(InvalidEvent) { try change.validate(limits) } catch { throw .invalid(error) }
            guard reference.event.hash == nil else { throw .hashedWritesUnsupported }
            var event = reference.event
            change.apply(to: &event)
            let isSignal = change.isProgressOnly
            let entry = EventRecord(
                operation: .changed, recordID: EventRecord.recordID(changing: event.id), event: event,
                changes: change.fields, actor: actor, basis: isSignal ? reference.last : nil)
            let partition = isSignal ? signalsPartition(of: event.id) : reference.created.partition
            return NewRecord(partition, RecordEncoder.encode(entry))
        case .delete(let reference):
            guard reference.event.hash == nil else { throw .hashedWritesUnsupported }
            let entry = EventRecord(
                operation: .deleted, recordID: EventRecord.recordID(changing: reference.event.id),
                event: reference.event, actor: actor)
            return NewRecord(reference.created.partition, RecordEncoder.encode(entry))
        }
    }

    private func checked(_ event: Event) throws(PublishError) -> Event {
        var event = event
        event.entity.fillIn(from: event.topic)
        do throws(InvalidEvent) { try event.validate(limits) } catch { throw .invalid(error) }
        return event
    }

    private func stream(of event: Event) async throws(PublishError) -> StreamSpecification {
        if let known = catalog.existingStream(forTopic: event.topic) { return known }
        do {
            return try await catalog.stream(forTopic: event.topic)
        } catch let error as LogError {
            throw .log(error)
        } catch let error as LayoutConflict {
            throw .layout(error)
        } catch {
            throw .log(.unavailable("\(error)"))
        }
    }

    private func partition(of event: Event, in stream: StreamSpecification) -> StreamPartition {
        let number =
            event.orderingKey.map { Partitioner.partition(of: $0.utf8, partitions: stream.partitions) }
            ?? event.id.withHexDigits { Partitioner.partition(of: $0, partitions: stream.partitions) }
        return StreamPartition(stream.name, number)
    }

    private func signalsPartition(of id: EventID) -> StreamPartition {
        let signals = catalog.layout.signals
        return StreamPartition(
            signals.name, id.withHexDigits { Partitioner.partition(of: $0, partitions: signals.partitions) })
    }

    private static func published(_ write: EventWrite, _ appended: Appended) -> Published {
        var reference: EventReference?
        switch write {
        case .create(var event):
            event.entity.fillIn(from: event.topic)
            reference = EventReference(event: event, created: appended.position, last: appended.position)
        case .change(var known, let change):
            change.apply(to: &known.event)
            if !change.isProgressOnly { known.last = appended.position }
            reference = known
        case .signal, .delete: break
        }
        return Published(id: write.eventID, position: appended.position, time: appended.time, reference: reference)
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
