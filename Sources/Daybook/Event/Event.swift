public import LosslessJSON

/// A fact with an id, a topic and attributes; its status and progress may change later.
///
/// A copy shares its attributes until it is changed, so that handing one on costs next to nothing.
public struct Event: @unchecked Sendable {
    // Unchecked: what others have, too, is never changed. See makeUnique.
    @usableFromInline var storage: ManagedBuffer<EventAttributes, Void>

    public var id: EventID {
        @inlinable get { storage.header.id }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.id
        }
    }
    public var topic: String {
        @inlinable get { storage.header.topic }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.topic
        }
    }
    /// An explicit unique key. Nil for most events.
    public var hash: String? {
        @inlinable get { storage.header.hash }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.hash
        }
    }
    public var sender: String? {
        @inlinable get { storage.header.sender }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.sender
        }
    }
    public var senderType: String? {
        @inlinable get { storage.header.senderType }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.senderType
        }
    }
    public var project: String? {
        @inlinable get { storage.header.project }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.project
        }
    }
    public var user: String? {
        @inlinable get { storage.header.user }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.user
        }
    }
    /// The event this one follows from.
    public var dependsOn: EventID? {
        @inlinable get { storage.header.dependsOn }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.dependsOn
        }
    }
    public var status: EventStatus {
        @inlinable get { storage.header.status }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.status
        }
    }
    public var retries: Int {
        @inlinable get { storage.header.retries }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.retries
        }
    }
    /// 0…100.
    public var progress: Double {
        @inlinable get { storage.header.progress }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.progress
        }
    }
    /// One line for people.
    public var description: String {
        @inlinable get { storage.header.description }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.description
        }
    }
    /// A small JSON object, of the same structure within a topic.
    public var summary: JSONText {
        @inlinable get { storage.header.summary }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.summary
        }
    }
    public var payload: Payload? {
        @inlinable get { storage.header.payload }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.payload
        }
    }
    /// When it happened, if the publisher says so; else the log time counts.
    public var createdAt: Timestamp? {
        @inlinable get { storage.header.createdAt }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.createdAt
        }
    }
    public var severity: Severity {
        @inlinable get { storage.header.severity }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.severity
        }
    }
    public var kind: EventKind {
        @inlinable get { storage.header.kind }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.kind
        }
    }
    /// The change the event tells of.
    public var entity: EntityChange {
        @inlinable get { storage.header.entity }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.entity
        }
    }
    /// Names to scalars: a flat JSON object.
    public var metadata: JSONText {
        @inlinable get { storage.header.metadata }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.metadata
        }
    }
    /// Events with one key in one stream keep their order. Nil means the event's own id. It never changes.
    public var orderingKey: String? {
        @inlinable get { storage.header.orderingKey }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.orderingKey
        }
    }
    /// W3C trace context.
    public var traceparent: String? {
        @inlinable get { storage.header.traceparent }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.traceparent
        }
    }
    /// The users to whom the record that creates the event is pushed live, and nobody else; nil is everybody. It is told in
    /// no answer, and does not bear on queries, registrations or replay.
    public var recipients: [String]? {
        @inlinable get { storage.header.recipients }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.recipients
        }
    }
    /// The `id` of a foreign CloudEvent that is no UUID, as it was given.
    public var originalID: String? {
        @inlinable get { storage.header.originalID }
        @inlinable _modify {
            makeUnique()
            yield &storage.header.originalID
        }
    }

    /// An event that is over (status finished, progress 100) unless another status is given (progress 0).
    public init(
        topic: String, id: EventID = .generate(), hash: String? = nil, sender: String? = nil, senderType: String? = nil,
        project: String? = nil, user: String? = nil, dependsOn: EventID? = nil, status: EventStatus = .finished,
        retries: Int = 0, progress: Double? = nil, description: String = "", summary: JSONText = .emptyObject,
        payload: Payload? = nil, createdAt: Timestamp? = nil, severity: Severity = .informational,
        kind: EventKind = .standard, entity: EntityChange = EntityChange(), metadata: JSONText = .emptyObject,
        orderingKey: String? = nil, traceparent: String? = nil
    ) {
        storage = Self.store(
            EventAttributes(
                id: id, topic: topic, hash: hash, sender: sender, senderType: senderType, project: project,
                user: user, dependsOn: dependsOn, status: status, retries: retries,
                progress: progress ?? (status == .finished ? 100 : 0), description: description, summary: summary,
                payload: payload, createdAt: createdAt, severity: severity, kind: kind, entity: entity,
                metadata: metadata, orderingKey: orderingKey, traceparent: traceparent, recipients: nil, originalID: nil
            ))
    }

    private static func store(_ attributes: EventAttributes) -> ManagedBuffer<EventAttributes, Void> {
        ManagedBuffer.create(minimumCapacity: 0) { _ in attributes }
    }

    /// Called before every change.
    @inlinable mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) { copyStorage() }
    }

    @usableFromInline mutating func copyStorage() { storage = Self.store(storage.header) }
}

extension Event: Hashable {
    public static func == (one: Event, other: Event) -> Bool {
        one.storage === other.storage || one.storage.header == other.storage.header
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(storage.header) }
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
