public import Daybook
import LosslessJSON

/// An event as the index knows it: its full current state, without the bytes of its payload.
public struct IndexedEvent: Hashable, Sendable {
    /// The attributes. The payload is nil (``payload`` tells where it is); `createdAt` is there only when the publisher
    /// gave one.
    public var event: Event
    /// When it happened: as the publisher said, or else the log time of its `created` record.
    public var createdAt: Timestamp
    /// The log time of its last record.
    public var updatedAt: Timestamp
    /// Who wrote its last record; nil when the record does not say (then it was its sender).
    public var actor: String?
    /// Its `created` record, and the log time of that.
    public var created: Position
    public var createdTime: Timestamp
    /// Its last record.
    public var last: Position
    /// Where its payload is; nil when it has none.
    public var payload: PayloadReference?

    public init(
        event: Event, createdAt: Timestamp, updatedAt: Timestamp, actor: String?, created: Position,
        createdTime: Timestamp, last: Position, payload: PayloadReference?
    ) {
        self.event = event
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.actor = actor
        self.created = created
        self.createdTime = createdTime
        self.last = last
        self.payload = payload
    }

    /// Its place among all events, for queries: `after`, `before`, or to go on behind it, oldest first.
    public var place: QueryCursor {
        QueryCursor(
            order: .ascending, createdAt: createdAt.microseconds, createdTime: createdTime.microseconds,
            partition: created.partition, offset: created.offset)
    }

    /// What a change or a deletion of the event needs.
    public var reference: EventReference { EventReference(event: event, created: created, last: last) }
}

/// A payload that is still in the log.
public struct PayloadReference: Hashable, Sendable {
    /// The record whose value it is.
    public var position: Position
    public var contentType: String

    public init(position: Position, contentType: String) {
        self.position = position
        self.contentType = contentType
    }
}

extension IndexedEvent {
    public init(_ view: IndexedEventView) {
        func text(_ bytes: UnsafeRawBufferPointer?) -> String? {
            bytes.map { String(decoding: $0, as: UTF8.self) }
        }
        var event = Event(topic: String(decoding: view.topic, as: UTF8.self), id: view.id)
        event.hash = text(view.hash)
        event.sender = text(view.sender)
        event.senderType = text(view.senderType)
        event.project = text(view.project)
        event.user = text(view.user)
        event.dependsOn = view.dependsOn
        event.status = view.status
        event.retries = view.retries
        event.progress = view.progress
        event.description = String(decoding: view.description, as: UTF8.self)
        if let summary = view.summary { event.summary = JSONText(trusting: Array(summary)) }
        event.createdAt = view.hasExplicitCreatedAt ? view.createdAt : nil
        event.severity = view.severity
        event.kind = view.kind
        event.entity = EntityChange(
            type: text(view.entityType), id: text(view.entityID), operation: view.operation,
            attributeName: text(view.attributeName),
            attributeValue: view.attributeValue.map { JSONText(trusting: Array($0)) })
        if let metadata = view.metadata { event.metadata = JSONText(trusting: Array(metadata)) }
        event.orderingKey = text(view.orderingKey)
        event.traceparent = text(view.traceparent)
        event.originalID = text(view.originalID)
        self.init(
            event: event, createdAt: view.createdAt, updatedAt: view.updatedAt, actor: text(view.actor),
            created: view.created, createdTime: view.createdTime, last: view.last,
            payload: view.payloadPosition.map {
                PayloadReference(position: $0, contentType: String(decoding: view.contentType, as: UTF8.self))
            })
    }
}
