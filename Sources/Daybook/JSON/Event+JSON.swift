import FoundationEssentials
public import LosslessJSON

extension Event {
    /// Writes the attributes that are set as members of an object that is open already, by the names ``EventInput``
    /// reads.
    ///
    /// - Parameter payload: whether the payload is written: as JSON under `payload` when it is JSON, as a string
    ///   there when it is text, else as `payloadBase64`; with `contentType` unless it is JSON under `application/json`.
    public func writeMembers(to json: inout JSONWriter, payload includesPayload: Bool = true) {
        func write(_ name: StaticString, _ text: String?) {
            guard let text else { return }
            json.key(name)
            json.string(text)
        }
        write("id", id.description)
        write("hash", hash)
        write("topic", topic)
        write("sender", sender)
        write("senderType", senderType)
        write("project", project)
        write("user", user)
        write("dependsOn", dependsOn?.description)
        write("status", status.rawValue)
        if retries != 0 {
            json.key("retries")
            json.int(retries)
        }
        json.key("progress")
        json.double(progress)
        if !description.isEmpty { write("description", description) }
        if !summary.isEmptyObject {
            json.key("summary")
            json.raw(summary)
        }
        if includesPayload, let payload { payload.writeMembers(to: &json) }
        write("createdAt", createdAt?.description)
        if severity != .informational { write("severity", severity.rawValue) }
        if kind != .standard { write("kind", kind.rawValue) }
        write("entityType", entity.type)
        write("entityId", entity.id)
        write("operation", entity.operation?.rawValue)
        write("attributeName", entity.attributeName)
        if let value = entity.attributeValue {
            json.key("attributeValue")
            json.raw(value)
        }
        if !metadata.isEmptyObject {
            json.key("metadata")
            json.raw(metadata)
        }
        write("orderingKey", orderingKey)
        write("traceparent", traceparent)
        write("originalId", originalID)
    }
}

extension Payload {
    /// Writes `payload` or `payloadBase64`, and `contentType` where it is needed to read it back.
    public func writeMembers(to json: inout JSONWriter) {
        if isJSON, let document = try? JSONText(bytes) {
            json.key("payload")
            json.raw(document)
            if contentType == Payload.json { return }
        } else if !isJSON, let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) {
            json.key("payload")
            json.string(text)
        } else {
            json.key("payloadBase64")
            json.string(Data(bytes).base64EncodedString())
        }
        json.key("contentType")
        json.string(contentType)
    }
}

extension EventRecord {
    /// Writes the record as one JSON object: `position`, `time` (log time), `change` (created, changed or deleted),
    /// `actor` and the event's attributes: for a change only the new ones, besides its `id` and `topic`.
    public func write(to json: inout JSONWriter, position: Position, time: Timestamp) {
        func write(_ name: StaticString, _ text: String) {
            json.key(name)
            json.string(text)
        }
        json.beginObject()
        write("position", position.description)
        write("time", time.description)
        write("change", operation.rawValue)
        // Who gives no name of his own writes in the sender's.
        if let actor = actor ?? event.sender { write("actor", actor) }
        switch operation {
        case .created: event.writeMembers(to: &json)
        case .changed:
            write("id", event.id.description)
            write("topic", event.topic)
            writeChanges(to: &json)
        case .deleted:
            write("id", event.id.description)
            write("topic", event.topic)
        }
        json.endObject()
    }

    private func writeChanges(to json: inout JSONWriter) {
        func write(_ name: StaticString, _ field: ChangedFields, _ text: String?) {
            guard changes.contains(field), let text else { return }
            json.key(name)
            json.string(text)
        }
        write("status", .status, event.status.rawValue)
        if changes.contains(.progress) {
            json.key("progress")
            json.double(event.progress)
        }
        if changes.contains(.retries) {
            json.key("retries")
            json.int(event.retries)
        }
        write("sender", .sender, event.sender)
        write("senderType", .senderType, event.senderType)
        write("project", .project, event.project)
        write("user", .user, event.user)
        write("description", .description, event.description)
        if changes.contains(.summary) {
            json.key("summary")
            json.raw(event.summary)
        }
        if changes.contains(.payload), let payload = event.payload { payload.writeMembers(to: &json) }
    }
}
