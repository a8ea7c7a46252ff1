public import LosslessJSON

/// What an ``Event`` says, as it lies in memory; the event's properties tell what each is.
@usableFromInline struct EventAttributes: Hashable, Sendable {
    @usableFromInline var id: EventID
    @usableFromInline var topic: String
    @usableFromInline var hash: String?
    @usableFromInline var sender: String?
    @usableFromInline var senderType: String?
    @usableFromInline var project: String?
    @usableFromInline var user: String?
    @usableFromInline var dependsOn: EventID?
    @usableFromInline var status: EventStatus
    @usableFromInline var retries: Int
    @usableFromInline var progress: Double
    @usableFromInline var description: String
    @usableFromInline var summary: JSONText
    @usableFromInline var payload: Payload?
    @usableFromInline var createdAt: Timestamp?
    @usableFromInline var severity: Severity
    @usableFromInline var kind: EventKind
    @usableFromInline var entity: EntityChange
    @usableFromInline var metadata: JSONText
    @usableFromInline var orderingKey: String?
    @usableFromInline var traceparent: String?
    @usableFromInline var recipients: [String]?
    @usableFromInline var originalID: String?
}
