import LosslessJSON

/// Writes event records as CloudEvents in binary mode.
public enum RecordEncoder {
    /// The record of an event record. The key is the ordering key; the value is the payload as it came (null when
    /// there is none, or when a change leaves it as it is).
    public static func encode(_ entry: EventRecord) -> Record {
        let event = entry.event
        var headers = RecordHeaders()
        headers.reserveCapacity(512 + event.description.utf8.count + event.summary.bytes.count)
        let id = event.id.description
        headers.append("ce_specversion", "1.0")
        headers.append("ce_id", entry.recordID)
        headers.append("ce_source", SenderSource.source(of: event.sender))
        headers.append("ce_type", event.topic)
        headers.append("ce_eventid", id)
        headers.append("ce_op", entry.operation.rawValue)
        if let createdAt = event.createdAt { headers.append("ce_time", createdAt.description) }
        if let actor = entry.actor { headers.append("ce_actor", actor) }
        if entry.operation == .changed { headers.append("ce_changes", entry.changes.wireText) }
        if let basis = entry.basis { headers.append("ce_basis", basis.description) }
        if let hash = event.hash { headers.append("ce_hash", hash) }
        if let senderType = event.senderType { headers.append("ce_sendertype", senderType) }
        if let project = event.project { headers.append("ce_project", project) }
        if let user = event.user { headers.append("ce_user", user) }
        if let dependsOn = event.dependsOn { headers.append("ce_dependson", dependsOn.description) }
        headers.append("ce_status", event.status.rawValue)
        if event.retries != 0 { headers.append("ce_retries", String(event.retries)) }
        headers.append("ce_progress", number(event.progress))
        if !event.description.isEmpty, entry.operation == .created || entry.changes.contains(.description) {
            headers.append("ce_description", event.description)
        }
        if !event.summary.isEmptyObject { headers.append(.summary, event.summary) }
        if event.severity != .informational { headers.append("ce_severity", event.severity.rawValue) }
        if event.kind != .standard { headers.append("ce_kind", event.kind.rawValue) }
        appendEntity(event.entity, to: &headers)
        if !event.metadata.isEmptyObject { headers.append(.metadata, event.metadata) }
        if let originalID = event.originalID { headers.append("ce_originalid", originalID) }
        if let key = event.orderingKey { headers.append("ce_partitionkey", key) }
        if let traceparent = event.traceparent { headers.append("traceparent", traceparent) }
        let carriesPayload = entry.operation == .created || entry.changes.contains(.payload)
        if carriesPayload, let payload = event.payload { headers.append("content-type", payload.contentType) }
        return Record(
            key: Array((event.orderingKey ?? id).utf8), value: carriesPayload ? event.payload?.bytes : nil,
            headers: headers)
    }

    private static func appendEntity(_ entity: EntityChange, to headers: inout RecordHeaders) {
        if let type = entity.type { headers.append("ce_entitytype", type) }
        if let id = entity.id { headers.append("ce_entityid", id) }
        if let operation = entity.operation { headers.append("ce_operation", operation.rawValue) }
        if let name = entity.attributeName { headers.append("ce_attributename", name) }
        if let value = entity.attributeValue { headers.append(.attributeValue, value) }
    }

    /// The shortest text that reads back as the same number; whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}

extension RecordHeaders {
    fileprivate mutating func append(_ header: WireHeader, _ json: JSONText) {
        header.name.withUTF8Buffer { name in
            json.bytes.withUnsafeBytes { append(name: UnsafeRawBufferPointer(name), value: $0) }
        }
    }
}

extension EventRecord {
    /// The id of a record that changes or deletes an event: `<id>.<n>`, n made of the clock's microseconds and random
    /// bits, so that two writers never give the same one.
    public static func recordID(changing id: EventID) -> String {
        let n = UInt64(bitPattern: Timestamp.now.microseconds) << 12 | UInt64.random(in: 0..<4096)
        return "\(id).\(n & 0x7FFF_FFFF_FFFF_FFFF)"
    }
}
