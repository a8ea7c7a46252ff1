import FoundationEssentials
public import LosslessJSON

/// An event as people write it: one JSON object, as in a line of NDJSON.
///
/// Names are those of the API, in camelCase or snake_case: `id`, `hash`, `topic`, `sender`, `senderType`, `project`,
/// `user`, `dependsOn`, `status`, `finished`, `retries`, `progress`, `description`, `summary`, `payload` (any JSON;
/// with a `contentType` that is not JSON a string) or `payloadBase64`, `contentType`, `createdAt`, `severity`,
/// `kind`, `entityType`, `entityId`, `operation`, `attributeName`, `attributeValue`, `metadata`, `orderingKey`,
/// `traceparent`, `originalId`, `recipients`, `store`, `reuse`. Null means "not given". Unknown names are refused, so that a slip of the pen does
/// not lose what was meant.
public struct EventInput: Sendable, Hashable {
    public var event: Event
    /// False: push it live and forget it.
    public var store = true
    /// Replace the event that has the hash already.
    public var reuse = false

    /// What the writer does with it.
    public var write: EventWrite {
        guard store else { return .signal(event) }
        return reuse && event.hash != nil ? .reuse(event) : .create(event)
    }

    /// - Throws: ``InvalidEvent`` with everything that has the wrong type or form. Sizes and rules between attributes
    ///   are checked by ``Event/validate(_:)``.
    public init(_ members: JSONMembers) throws(InvalidEvent) {
        var reader = MemberReader()
        var event = Event(topic: "")
        var status: EventStatus?
        var finished: Bool?
        var progress: Double?
        var payload: JSONText?
        var base64: String?
        var contentType: String?
        for (key, value) in members where !value.isNull {
            switch key {
            case "id": event.id = reader.eventID(key, value) ?? event.id
            case "hash": event.hash = reader.string(key, value)
            case "topic": event.topic = reader.string(key, value) ?? ""
            case "sender": event.sender = reader.string(key, value)
            case "senderType", "sender_type": event.senderType = reader.string(key, value)
            case "project": event.project = reader.string(key, value)
            case "user": event.user = reader.string(key, value)
            case "dependsOn", "depends_on": event.dependsOn = reader.eventID(key, value)
            case "status": status = reader.enumeration(key, value)
            case "finished": finished = reader.bool(key, value)
            case "retries": event.retries = reader.int(key, value) ?? 0
            case "progress": progress = reader.double(key, value)
            case "description": event.description = reader.string(key, value) ?? ""
            case "summary": event.summary = reader.object(key, value) ?? .emptyObject
            case "payload": payload = value
            case "payloadBase64", "payload_base64": base64 = reader.string(key, value)
            case "contentType", "content_type": contentType = reader.string(key, value)
            case "createdAt", "created_at": event.createdAt = reader.time(key, value)
            case "severity": event.severity = reader.enumeration(key, value) ?? .informational
            case "kind": event.kind = reader.enumeration(key, value) ?? .standard
            case "entityType", "entity_type": event.entity.type = reader.string(key, value)
            case "entityId", "entity_id": event.entity.id = reader.string(key, value)
            case "operation": event.entity.operation = reader.enumeration(key, value)
            case "attributeName", "attribute_name": event.entity.attributeName = reader.string(key, value)
            case "attributeValue", "attribute_value": event.entity.attributeValue = value
            case "metadata": event.metadata = reader.object(key, value) ?? .emptyObject
            case "orderingKey", "ordering_key": event.orderingKey = reader.string(key, value)
            case "traceparent": event.traceparent = reader.string(key, value)
            case "originalId", "original_id": event.originalID = reader.string(key, value)
            case "recipients": event.recipients = reader.strings(key, value)
            case "store": store = reader.bool(key, value) ?? true
            case "reuse": reuse = reader.bool(key, value) ?? false
            default: reader.fail(key, "unknown_field", "there is no such attribute of an event")
            }
        }
        if event.topic.isEmpty, !reader.hasProblem(with: "topic") {
            reader.fail("topic", "missing", "an event needs a topic")
        }
        event.status = status ?? (finished == false ? .pending : .finished)
        event.progress = progress ?? (event.status == .finished ? 100 : 0)
        event.payload = reader.payload(payload, base64: base64, contentType: contentType)
        try reader.finish()
        self.event = event
    }
}
