import FoundationEssentials
public import LosslessJSON

/// An event as people write it: one JSON object, as in a line of NDJSON.
///
/// Names are those of the API, in camelCase or snake_case: `id`, `hash`, `topic`, `sender`, `senderType`, `project`,
/// `user`, `dependsOn`, `status`, `finished`, `retries`, `progress`, `description`, `summary`, `payload` (any JSON;
/// with a `contentType` that is not JSON a string) or `payloadBase64`, `contentType`, `createdAt`, `severity`,
/// `kind`, `entityType`, `entityId`, `operation`, `attributeName`, `attributeValue`, `metadata`, `orderingKey`,
/// `traceparent`, `originalId`, `store`, `reuse`. Null means "not given". Unknown names are refused, so that a slip of the pen does
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

/// Takes values out of JSON and collects what has the wrong type.
private struct MemberReader {
    /// How many problems are told; a body may have millions.
    private static let told = 32
    private var problems: [FieldProblem] = []
    private var untold = 0

    mutating func fail(_ field: String, _ code: String, _ message: String) {
        guard problems.count < Self.told else {
            untold += 1
            return
        }
        problems.append(FieldProblem(field, code, message))
    }

    func hasProblem(with field: String) -> Bool { problems.contains { $0.field == field } }

    private mutating func expected(_ field: String, _ what: String, _ value: JSONText) {
        fail(field, "bad_type", "must be \(what), not \(value.kind.rawValue)")
    }

    mutating func string(_ field: String, _ value: JSONText) -> String? {
        if let text = value.stringValue { return text }
        expected(field, "a string", value)
        return nil
    }

    mutating func bool(_ field: String, _ value: JSONText) -> Bool? {
        if let flag = value.boolValue { return flag }
        expected(field, "true or false", value)
        return nil
    }

    mutating func int(_ field: String, _ value: JSONText) -> Int? {
        if let number = value.int64Value { return Int(number) }
        expected(field, "a whole number of 64 bits", value)
        return nil
    }

    mutating func double(_ field: String, _ value: JSONText) -> Double? {
        if let number = value.doubleValue { return number }
        expected(field, "a number", value)
        return nil
    }

    mutating func object(_ field: String, _ value: JSONText) -> JSONText? {
        if value.isObject { return value }
        expected(field, "an object", value)
        return nil
    }

    mutating func eventID(_ field: String, _ value: JSONText) -> EventID? {
        guard let text = string(field, value) else { return nil }
        if let id = EventID(text) { return id }
        fail(field, "bad_value", "must be an event id: 32 lower-case hex digits")
        return nil
    }

    mutating func time(_ field: String, _ value: JSONText) -> Timestamp? {
        guard let text = string(field, value) else { return nil }
        if let time = Timestamp(text) { return time }
        fail(field, "bad_value", "must be an ISO 8601 time such as 2026-11-21T03:00:44.291548+00:00")
        return nil
    }

    mutating func enumeration<Value: RawRepresentable & CaseIterable>(
        _ field: String, _ value: JSONText
    ) -> Value? where Value.RawValue == String {
        guard let text = string(field, value) else { return nil }
        if let known = Value(rawValue: text) { return known }
        let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
        fail(field, "bad_value", "must be one of \(allowed)")
        return nil
    }

    mutating func payload(_ json: JSONText?, base64: String?, contentType: String?) -> Payload? {
        if let base64 {
            if json != nil { fail("payloadBase64", "bad_value", "give either payload or payloadBase64") }
            guard let data = Data(base64Encoded: base64) else {
                fail("payloadBase64", "bad_value", "is no Base64")
                return nil
            }
            return Payload(contentType: contentType ?? "application/octet-stream", bytes: Array(data))
        }
        guard let json else { return nil }
        let payload = Payload(contentType: contentType ?? Payload.json, bytes: json.bytes)
        if payload.isJSON { return payload }
        guard let text = json.stringValue else {
            expected("payload", "a string when the content type is not JSON", json)
            return nil
        }
        return Payload(contentType: payload.contentType, bytes: Array(text.utf8))
    }

    func finish() throws(InvalidEvent) {
        guard untold == 0 else {
            throw InvalidEvent(problems + [FieldProblem("…", "too_many", "\(untold) more problems like these")])
        }
        if !problems.isEmpty { throw InvalidEvent(problems) }
    }
}
