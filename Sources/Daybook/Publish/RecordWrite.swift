/// Something a publisher writes as one record.
protocol RecordWrite: Sendable {
    /// The topic of the event it is about.
    var topic: String { get }

    /// The checked and encoded record; nil when it creates an event of a topic that has no stream yet.
    func record(_ limits: EventLimits, _ catalog: StreamCatalog, actor: String?) throws(PublishError) -> NewRecord?

    /// The write, once it is acknowledged.
    func published(_ appended: Appended) -> Published
}

extension EventWrite: RecordWrite {
    var topic: String {
        switch self {
        case .create(let event), .signal(let event): event.topic
        case .change(let reference, _), .delete(let reference): reference.event.topic
        }
    }

    func record(_ limits: EventLimits, _ catalog: StreamCatalog, actor: String?) throws(PublishError) -> NewRecord? {
        switch self {
        case .create(let event):
            return try event.record(limits, catalog, actor: actor)
        case .signal(let event):
            let record = try event.encoded(limits, actor: actor)
            return NewRecord(signalsPartition(of: event.id, catalog), record)
        case .change(let reference, let change):
            do throws(InvalidEvent) { try change.validate(limits) } catch { throw .invalid(error) }
            guard reference.event.hash == nil else { throw .hashedWritesUnsupported }
            var event = reference.event
            change.apply(to: &event)
            let isSignal = change.isProgressOnly
            let entry = EventRecord(
                operation: .changed, recordID: EventRecord.recordID(changing: event.id), event: event,
                changes: change.fields, actor: actor, basis: isSignal ? reference.last : nil)
            let partition = isSignal ? signalsPartition(of: event.id, catalog) : reference.created.partition
            return NewRecord(partition, RecordEncoder.encode(entry))
        case .delete(let reference):
            guard reference.event.hash == nil else { throw .hashedWritesUnsupported }
            let entry = EventRecord(
                operation: .deleted, recordID: EventRecord.recordID(changing: reference.event.id),
                event: reference.event, actor: actor)
            return NewRecord(reference.created.partition, RecordEncoder.encode(entry))
        }
    }

    func published(_ appended: Appended) -> Published {
        switch self {
        case .create(let event):
            return event.published(appended)
        case .change(var reference, let change):
            change.apply(to: &reference.event)
            if !change.isProgressOnly { reference.last = appended.position }
            return Published(id: eventID, position: appended.position, time: appended.time, reference: reference)
        case .signal, .delete:
            return Published(id: eventID, position: appended.position, time: appended.time, reference: nil)
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
    func record(_ limits: EventLimits, _ catalog: StreamCatalog, actor: String?) throws(PublishError) -> NewRecord? {
        let record = try encoded(limits, actor: actor)
        guard hash == nil else { throw .hashedWritesUnsupported }
        guard let stream = catalog.existingStream(forTopic: topic) else { return nil }
        let number =
            orderingKey.map { Partitioner.partition(of: $0.utf8, partitions: stream.partitions) }
            ?? id.withHexDigits { Partitioner.partition(of: $0, partitions: stream.partitions) }
        return NewRecord(StreamPartition(stream.name, number), record)
    }

    func published(_ appended: Appended) -> Published {
        let event = EntityChange.isTold(by: topic) ? completed() : self
        return Published(
            id: id, position: appended.position, time: appended.time,
            reference: EventReference(event: event, created: appended.position, last: appended.position))
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
