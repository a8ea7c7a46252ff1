/// Something a publisher writes as one record.
protocol RecordWrite: Sendable {
    /// The topic of the event it is about.
    var topic: String { get }

    /// Whether it goes to the arbiter.
    var isHashed: Bool { get }

    /// Holds it against the entry of its topic, and brings it into the form that the entry asks for.
    ///
    /// - Returns: what is wrong and is only told.
    /// - Throws: everything that is wrong, what ``record(_:_:actor:)`` would find included.
    mutating func check(against table: TopicTable, _ limits: EventLimits) throws(InvalidEvent) -> TopicWarning?

    /// The checked and encoded record; nil when it creates an event of a topic that has no stream yet.
    func record(_ limits: EventLimits, _ catalog: StreamCatalog, actor: String?) throws(PublishError) -> NewRecord?

    /// The request to the arbiter that comes before, if there is one: the write takes place only when it is granted.
    func reservation(_ record: NewRecord, holder: Holder?) -> HashRequest?

    /// The request to the arbiter that such a record makes.
    func request(_ record: NewRecord, _ catalog: StreamCatalog, holder: Holder?) -> HashRequest

    /// The write, once it is acknowledged.
    func published(_ appended: Appended) -> Published

    /// The write, once the arbiter has decided.
    func published(_ verdict: Verdict) -> Result<Published, PublishError>
}

extension RecordWrite {
    func reservation(_ record: NewRecord, holder: Holder?) -> HashRequest? { nil }
}

extension EventWrite: RecordWrite {
    var topic: String {
        switch self {
        case .create(let event), .createOnce(let event, _), .reuse(let event), .signal(let event): event.topic
        case .change(let reference, _), .delete(let reference): reference.event.topic
        }
    }

    var isHashed: Bool {
        switch self {
        case .create(let event), .reuse(let event): event.hash != nil
        case .createOnce: true
        case .signal: false
        case .change(let reference, _), .delete(let reference): reference.event.hash != nil
        }
    }

    mutating func check(against table: TopicTable, _ limits: EventLimits) throws(InvalidEvent) -> TopicWarning? {
        switch self {
        case .create(var event):
            defer { self = .create(event) }
            return try event.check(against: table, limits)
        case .createOnce(var event, let key):
            defer { self = .createOnce(event, key) }
            return try event.check(against: table, limits)
        case .reuse(var event):
            defer { self = .reuse(event) }
            return try event.check(against: table, limits)
        case .signal(var event):
            defer { self = .signal(event) }
            return try event.check(against: table, limits)
        case .change(let reference, var change):
            defer { self = .change(reference, change) }
            do throws(InvalidEvent) {
                return try table.check(&change, of: reference.event)
            } catch {
                var problems = error.problems
                do throws(InvalidEvent) { try change.validate(limits) } catch { problems = error.problems + problems }
                throw InvalidEvent(problems)
            }
        case .delete: return nil
        }
    }

    func record(_ limits: EventLimits, _ catalog: StreamCatalog, actor: String?) throws(PublishError) -> NewRecord? {
        switch self {
        case .create(let event), .createOnce(let event, _), .reuse(let event):
            return try event.record(limits, catalog, actor: actor)
        case .signal(let event):
            let record = try event.encoded(limits, actor: actor)
            return NewRecord(signalsPartition(of: event.id, catalog), record)
        case .change(let reference, let change):
            do throws(InvalidEvent) { try change.validate(limits) } catch { throw .invalid(error) }
            var event = reference.event
            change.apply(to: &event)
            let isSignal = change.isProgressOnly
            let entry = EventRecord(
                operation: .changed, recordID: EventRecord.recordID(changing: event.id), event: event,
                changes: change.fields, actor: actor, basis: isSignal ? reference.last : nil)
            let partition = isSignal ? signalsPartition(of: event.id, catalog) : reference.created.partition
            return NewRecord(partition, RecordEncoder.encode(entry))
        case .delete(let reference):
            let entry = EventRecord(
                operation: .deleted, recordID: EventRecord.recordID(changing: reference.event.id),
                event: reference.event, actor: actor)
            return NewRecord(reference.created.partition, RecordEncoder.encode(entry))
        }
    }

    /// An event with a hash and a key needs both. The key is decided first: when it was used for something else, the hash
    /// stays as it is; when the server dies in between, the same request goes on where this one ended.
    func reservation(_ record: NewRecord, holder: Holder?) -> HashRequest? {
        guard case .createOnce(let event, let key) = self, event.hash != nil else { return nil }
        return HashRequest(
            .reserve(HashTerms(window: IdempotencyKey.window, bodyDigest: key.bodyDigest)), hash: key.hash,
            event: key.eventID,
            record: RecordEncoder.encode(created: Event(topic: event.topic, id: key.eventID), actor: nil),
            target: record.partition, holder: holder)
    }

    func request(_ record: NewRecord, _ catalog: StreamCatalog, holder: Holder?) -> HashRequest {
        switch self {
        case .create(let event), .signal(let event): return event.request(record, catalog, holder: holder)
        case .reuse(let event):
            var request = event.request(record, catalog, holder: holder)
            request.action = .reuse(HashTerms(window: catalog.layout.hashWindow(ofTopic: event.topic)))
            return request
        case .createOnce(let event, let key):
            if event.hash != nil { return event.request(record, catalog, holder: holder) }
            return HashRequest(
                .publish(HashTerms(window: IdempotencyKey.window, bodyDigest: key.bodyDigest)), hash: key.hash,
                event: event.id, record: record.record, target: record.partition, holder: holder)
        case .change(let reference, let change):
            var request = HashRequest(
                .change, hash: reference.event.hash ?? "", event: reference.event.id, record: record.record,
                target: record.partition, holder: holder, status: change.status,
                retries: change.retries ?? reference.event.retries)
            request.mayBeForgotten = catalog.layout.hashWindow(ofTopic: topic) != nil
            return request
        case .delete(let reference):
            var request = HashRequest(
                .delete, hash: reference.event.hash ?? "", event: reference.event.id, record: record.record,
                target: record.partition, holder: holder)
            request.mayBeForgotten = catalog.layout.hashWindow(ofTopic: topic) != nil
            return request
        }
    }

    func published(_ appended: Appended) -> Published {
        switch self {
        case .create(let event), .createOnce(let event, _), .reuse(let event):
            return event.published(at: appended.position, appended.time)
        case .change(var reference, let change):
            change.apply(to: &reference.event)
            if !change.isProgressOnly { reference.last = appended.position }
            return Published(id: eventID, position: appended.position, time: appended.time, reference: reference)
        case .signal, .delete:
            return Published(id: eventID, position: appended.position, time: appended.time, reference: nil)
        }
    }

    func published(_ verdict: Verdict) -> Result<Published, PublishError> {
        switch verdict {
        case .done(let position), .repeated(let position):
            switch self {
            case .create(let event), .createOnce(let event, _), .reuse(let event):
                return .success(event.published(at: position, nil))
            case .change(var reference, let change):
                change.apply(to: &reference.event)
                if !change.isProgressOnly { reference.last = position }
                return .success(Published(id: eventID, position: position, time: nil, reference: reference))
            case .signal, .delete:
                return .success(Published(id: eventID, position: position, time: nil, reference: nil))
            }
        default: return .failure(PublishError(verdict))
        }
    }

    private func signalsPartition(of id: EventID, _ catalog: StreamCatalog) -> StreamPartition {
        let signals = catalog.layout.signals
        return StreamPartition(
            signals.name, id.withHexDigits { Partitioner.partition(of: $0, partitions: signals.partitions) })
    }
}

/// An event by itself is its creation.
extension Event: RecordWrite {
    var isHashed: Bool { hash != nil }

    mutating func check(against table: TopicTable, _ limits: EventLimits) throws(InvalidEvent) -> TopicWarning? {
        do throws(InvalidEvent) {
            return try table.check(&self)
        } catch {
            var problems = error.problems
            do throws(InvalidEvent) { try validate(limits) } catch { problems = error.problems + problems }
            throw InvalidEvent(problems)
        }
    }

    func record(_ limits: EventLimits, _ catalog: StreamCatalog, actor: String?) throws(PublishError) -> NewRecord? {
        let record = try encoded(limits, actor: actor)
        guard let stream = catalog.existingStream(forTopic: topic) else { return nil }
        let number =
            orderingKey.map { Partitioner.partition(of: $0.utf8, partitions: stream.partitions) }
            ?? id.withHexDigits { Partitioner.partition(of: $0, partitions: stream.partitions) }
        return NewRecord(StreamPartition(stream.name, number), record)
    }

    func request(_ record: NewRecord, _ catalog: StreamCatalog, holder: Holder?) -> HashRequest {
        HashRequest(
            .publish(HashTerms(window: catalog.layout.hashWindow(ofTopic: topic))), hash: hash ?? "", event: id,
            record: record.record, target: record.partition, holder: holder)
    }

    func published(_ appended: Appended) -> Published { published(at: appended.position, appended.time) }

    func published(_ verdict: Verdict) -> Result<Published, PublishError> {
        switch verdict {
        case .done(let position), .repeated(let position): .success(published(at: position, nil))
        default: .failure(PublishError(verdict))
        }
    }

    fileprivate func published(at position: Position, _ time: Timestamp?) -> Published {
        let event = EntityChange.isTold(by: topic) ? completed() : self
        return Published(
            id: id, position: position, time: time,
            reference: EventReference(event: event, created: position, last: position))
    }

    /// The record of its creation, wherever it goes.
    fileprivate func encoded(_ limits: EventLimits, actor: String?) throws(PublishError) -> Record {
        // The copy is only for the few topics that say more than the event itself.
        if EntityChange.isTold(by: topic) {
            let event = completed()
            do throws(InvalidEvent) { try event.validate(limits) } catch { throw .invalid(error) }
            return RecordEncoder.encode(created: event, actor: actor)
        }
        do throws(InvalidEvent) { try validate(limits) } catch { throw .invalid(error) }
        return RecordEncoder.encode(created: self, actor: actor)
    }

    private func completed() -> Event {
        var event = self
        event.entity.fillIn(from: topic)
        return event
    }
}

extension PublishError {
    /// Why the arbiter did not do what was asked.
    public init(_ verdict: Verdict) {
        switch verdict {
        case .duplicate(let event, let created): self = .duplicate(of: event, created: created)
        case .keyReused(let event): self = .keyReused(event)
        case .notFound: self = .notFound
        case .held(let holder): self = .held(by: holder)
        case .full: self = .hashesFull
        case .invalid(let reason): self = .invalid(InvalidEvent([FieldProblem("hash", "bad_value", reason)]))
        case .done, .repeated, .granted, .lost:
            self = .log(.refused("the arbiter answered something else than was asked"))
        }
    }
}
