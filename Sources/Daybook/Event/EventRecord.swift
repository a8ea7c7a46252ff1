/// What a record of a history or signals stream says, in full.
public struct EventRecord: Hashable, Sendable {
    public var operation: RecordOperation
    /// Unique per record (`ce_id`): the event's id for `created`, `<id>.<n>` else.
    public var recordID: String
    /// `created`: the event as published. Else: the writer's view of the event after the record; only what
    /// ``changes`` lists is new, and the payload is there only when it changed.
    public var event: Event
    /// What a `changed` record changes.
    public var changes: ChangedFields
    /// Who wrote the record.
    public var actor: String?
    /// Signals only: the record the writer took for the event's last one, as an offset in the event's partition.
    public var basis: Position?

    public init(
        operation: RecordOperation, recordID: String, event: Event, changes: ChangedFields = [], actor: String? = nil,
        basis: Position? = nil
    ) {
        self.operation = operation
        self.recordID = recordID
        self.event = event
        self.changes = changes
        self.actor = actor
        self.basis = basis
    }

    /// The new values a `changed` record brings.
    public var change: EventChange {
        var change = EventChange()
        if changes.contains(.status) { change.status = event.status }
        if changes.contains(.progress) { change.progress = event.progress }
        if changes.contains(.retries) { change.retries = event.retries }
        if changes.contains(.sender) { change.sender = event.sender }
        if changes.contains(.senderType) { change.senderType = event.senderType }
        if changes.contains(.project) { change.project = event.project }
        if changes.contains(.user) { change.user = event.user }
        if changes.contains(.description) { change.description = event.description }
        if changes.contains(.summary) { change.summary = event.summary }
        if changes.contains(.payload) { change.payload = event.payload }
        return change
    }
}
