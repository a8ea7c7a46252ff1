public import LosslessJSON

/// A fact with an id, a topic and attributes; its status and progress may change later.
public struct Event: Hashable, Sendable {
    public var id: EventID
    public var topic: String
    /// An explicit unique key. Nil for most events.
    public var hash: String?
    public var sender: String?
    public var senderType: String?
    public var project: String?
    public var user: String?
    /// The event this one follows from.
    public var dependsOn: EventID?
    public var status: EventStatus
    public var retries: Int
    /// 0…100.
    public var progress: Double
    /// One line for people.
    public var description: String
    /// A small JSON object, of the same structure within a topic.
    public var summary: JSONText
    public var payload: Payload?
    /// When it happened, if the publisher says so; else the log time counts.
    public var createdAt: Timestamp?
    public var severity: Severity
    public var kind: EventKind
    /// The change the event tells of.
    public var entity: EntityChange
    /// Names to scalars: a flat JSON object.
    public var metadata: JSONText
    /// Events with one key in one stream keep their order. Nil means the event's own id. It never changes.
    public var orderingKey: String?
    /// W3C trace context.
    public var traceparent: String?
    /// The users to whom the record that creates the event is pushed live, and nobody else; nil is everybody. It is told in
    /// no answer, and does not bear on queries, registrations or replay.
    public var recipients: [String]?
    /// The `id` of a foreign CloudEvent that is no UUID, as it was given.
    public var originalID: String?

    /// An event that is over (status finished, progress 100) unless another status is given (progress 0).
    public init(
        topic: String, id: EventID = .generate(), hash: String? = nil, sender: String? = nil, senderType: String? = nil,
        project: String? = nil, user: String? = nil, dependsOn: EventID? = nil, status: EventStatus = .finished,
        retries: Int = 0, progress: Double? = nil, description: String = "", summary: JSONText = .emptyObject,
        payload: Payload? = nil, createdAt: Timestamp? = nil, severity: Severity = .informational,
        kind: EventKind = .standard, entity: EntityChange = EntityChange(), metadata: JSONText = .emptyObject,
        orderingKey: String? = nil, traceparent: String? = nil
    ) {
        self.id = id
        self.topic = topic
        self.hash = hash
        self.sender = sender
        self.senderType = senderType
        self.project = project
        self.user = user
        self.dependsOn = dependsOn
        self.status = status
        self.retries = retries
        self.progress = progress ?? (status == .finished ? 100 : 0)
        self.description = description
        self.summary = summary
        self.payload = payload
        self.createdAt = createdAt
        self.severity = severity
        self.kind = kind
        self.entity = entity
        self.metadata = metadata
        self.orderingKey = orderingKey
        self.traceparent = traceparent
    }
}

/// The change of an entity that an event tells of; all of it optional.
public struct EntityChange: Hashable, Sendable {
    public var type: String?
    public var id: String?
    public var operation: EntityOperation?
    public var attributeName: String?
    /// Any JSON value.
    public var attributeValue: JSONText?

    public init(
        type: String? = nil, id: String? = nil, operation: EntityOperation? = nil, attributeName: String? = nil,
        attributeValue: JSONText? = nil
    ) {
        self.type = type
        self.id = id
        self.operation = operation
        self.attributeName = attributeName
        self.attributeValue = attributeValue
    }
}
