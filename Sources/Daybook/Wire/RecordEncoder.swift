import LosslessJSON

/// Writes event records as CloudEvents in binary mode.
public enum RecordEncoder {
    /// The record of an event record. The key is the ordering key; the value is the payload as it came (null when
    /// there is none, or when a change leaves it as it is).
    public static func encode(_ entry: EventRecord) -> Record {
        let carriesPayload = entry.operation == .created || entry.changes.contains(.payload)
        return Record(
            key: key(of: entry.event), value: carriesPayload ? entry.event.payload?.bytes : nil,
            headers: headers(
                of: entry.event, entry.operation, recordID: entry.recordID, actor: entry.actor, changes: entry.changes,
                basis: entry.basis))
    }

    /// The record of an event's creation: what ``encode(_:)`` makes of it, without an ``EventRecord`` in between, as
    /// this runs for every event that is published.
    public static func encode(created event: Event, actor: String?) -> Record {
        Record(
            key: key(of: event), value: event.payload?.bytes,
            headers: headers(of: event, .created, recordID: nil, actor: actor, changes: [], basis: nil))
    }

    private static func key(of event: Event) -> [UInt8] {
        event.orderingKey.map { Array($0.utf8) } ?? event.id.withHexDigits { Array($0) }
    }

    /// - Parameter recordID: nil is the event's id.
    @inline(__always)
    private static func headers(
        of event: Event, _ operation: RecordOperation, recordID: String?, actor: String?, changes: ChangedFields,
        basis: Position?
    ) -> RecordHeaders {
        let isCreation = operation == .created
        let source = SenderSource.source(of: event.sender)
        let time = event.createdAt?.description
        let progress = number(event.progress)
        let basis = basis?.description
        return RecordHeaders { writer in
            writer.put(.specversion, "1.0")
            if let recordID { writer.put(.id, recordID) } else { writer.put(.id, event.id) }
            writer.put(.source, source)
            writer.put(.type, event.topic)
            writer.put(.eventID, event.id)
            writer.put(.op, operation.rawValue)
            writer.put(.time, time)
            writer.put(.actor, actor)
            if operation == .changed { writer.put(.changes, changes.wireText) }
            writer.put(.basis, basis)
            writer.put(.hash, event.hash)
            writer.put(.senderType, event.senderType)
            writer.put(.project, event.project)
            writer.put(.user, event.user)
            if let dependsOn = event.dependsOn { writer.put(.dependsOn, dependsOn) }
            writer.put(.status, event.status.rawValue)
            if event.retries != 0 { writer.put(.retries, String(event.retries)) }
            writer.put(.progress, progress)
            if !event.description.isEmpty, isCreation || changes.contains(.description) {
                writer.put(.description, event.description)
            }
            if !event.summary.isEmptyObject { writer.put(.summary, event.summary.bytes) }
            if event.severity != .informational { writer.put(.severity, event.severity.rawValue) }
            if event.kind != .standard { writer.put(.kind, event.kind.rawValue) }
            put(event.entity, &writer)
            if !event.metadata.isEmptyObject { writer.put(.metadata, event.metadata.bytes) }
            writer.put(.originalID, event.originalID)
            writer.put(.partitionKey, event.orderingKey)
            writer.put(.traceparent, event.traceparent)
            if let recipients = event.recipients { writer.put(.recipients, recipients.joined(separator: "\n")) }
            if isCreation || changes.contains(.payload) { writer.put(.contentType, event.payload?.contentType) }
        }
    }

    private static func put(_ entity: EntityChange, _ writer: inout HeaderWriter) {
        writer.put(.entityType, entity.type)
        writer.put(.entityID, entity.id)
        writer.put(.operation, entity.operation?.rawValue)
        writer.put(.attributeName, entity.attributeName)
        if let value = entity.attributeValue { writer.put(.attributeValue, value.bytes) }
    }

    /// The shortest text that reads back as the same number; whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
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
