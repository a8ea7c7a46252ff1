import LosslessJSON

/// Reads event records back: ours, and anybody's CloudEvents (binary or structured mode).
public enum RecordDecoder {
    /// What a record of a history or signals stream says.
    ///
    /// A foreign CloudEvent is a `created`: its source is the sender, its id is mapped by
    /// ``EventID/init(foreignID:source:)``.
    ///
    /// - Throws: ``InvalidRecord`` with what is wrong.
    public static func decode(_ record: Record) throws -> EventRecord {
        try WireFields.read(record.headers) { fields in
            if let structured = try StructuredMode.binary(from: record, fields) { return try decode(structured) }
            return try decode(fields, value: record.value)
        }
    }

    private static func decode(_ fields: borrowing WireFields, value: [UInt8]?) throws -> EventRecord {
        let (operation, id) = try fields.identity()
        let recordID = try fields.text(.id) ?? ""
        let source = try fields.text(.source) ?? ""
        let isOurs = fields.isOurs
        let changes = fields[.changes].map { ChangedFields(wireText: $0) } ?? []
        var event = Event(topic: try fields.text(.type) ?? "", id: id)
        event.hash = try fields.text(.hash)
        event.sender = isOurs ? SenderSource.sender(of: source) : source
        event.senderType = try fields.text(.senderType)
        event.project = try fields.text(.project)
        event.user = try fields.text(.user)
        event.dependsOn = try fields.text(.dependsOn).map { text in
            guard let id = EventID(anySpelling: text) else { throw InvalidRecord("ce_dependson is no event id") }
            return id
        }
        event.status = try fields.value(.status) ?? .finished
        event.retries = try number(fields, .retries, Int.init) ?? 0
        event.progress = try progress(fields) ?? (event.status == .finished ? 100 : 0)
        guard event.progress >= 0, event.progress <= 100 else { throw InvalidRecord("ce_progress is outside 0…100") }
        event.description = try fields.text(.description) ?? ""
        event.summary = try object(fields, .summary)
        event.severity = try fields.value(.severity) ?? .informational
        event.kind = try fields.value(.kind) ?? .standard
        event.entity = try entity(fields)
        event.metadata = try object(fields, .metadata)
        event.orderingKey = try fields.text(.partitionKey)
        event.traceparent = try fields.text(.traceparent)
        event.recipients = try fields.text(.recipients)?.split(separator: "\n").map(String.init)
        event.createdAt = try fields.text(.time).map { text in
            guard let time = Timestamp(text) else { throw InvalidRecord("ce_time is no RFC 3339 time") }
            return time
        }
        event.originalID = isOurs ? try fields.text(.originalID) : recordID == id.description ? nil : recordID
        if let value, operation == .created || changes.contains(.payload) {
            event.payload = Payload(
                contentType: try contentType(fields) ?? (isOurs ? Payload.json : Payload.unknown),
                bytes: value)
        }
        if !isOurs { event.entity.fillIn(from: event.topic) }
        let basis = try fields.text(.basis).map { text in
            guard let position = Position(text) else { throw InvalidRecord("ce_basis is no position") }
            return position
        }
        return EventRecord(
            operation: operation, recordID: recordID, event: event, changes: changes, actor: try fields.text(.actor),
            basis: basis)
    }

    private static func entity(_ fields: borrowing WireFields) throws -> EntityChange {
        EntityChange(
            type: try fields.text(.entityType), id: try fields.text(.entityID),
            operation: try fields.value(.operation), attributeName: try fields.text(.attributeName),
            attributeValue: try json(fields, .attributeValue))
    }

    private static func progress(_ fields: borrowing WireFields) throws -> Double? {
        // What most are, and reading a number with a fraction is slow.
        if let bytes = fields[.progress] {
            if bytes.isEqual(to: "0") { return 0 }
            if bytes.isEqual(to: "100") { return 100 }
        }
        return try number(fields, .progress, Double.init)
    }

    private static func contentType(_ fields: borrowing WireFields) throws -> String? {
        // Saves a string per record.
        if let bytes = fields[.contentType], bytes.isEqual(to: "application/json") { return Payload.json }
        return try fields.text(.contentType)
    }

    private static func number<Value>(
        _ fields: borrowing WireFields, _ header: WireHeader, _ read: (String) -> Value?
    ) throws -> Value? {
        guard let text = try fields.text(header) else { return nil }
        guard let value = read(text) else { throw InvalidRecord("\(header.name) is no number") }
        return value
    }

    private static func json(_ fields: borrowing WireFields, _ header: WireHeader) throws -> JSONText? {
        guard let bytes = fields[header] else { return nil }
        // Checked in our own records, too: anybody with access to the log can write one that looks like ours, and what
        // is no JSON would break every answer it is put into.
        do {
            return try JSONText(bytes)
        } catch {
            throw InvalidRecord("\(header.name) is no valid JSON: \(error)")
        }
    }

    private static func object(_ fields: borrowing WireFields, _ header: WireHeader) throws -> JSONText {
        guard let text = try json(fields, header) else { return .emptyObject }
        guard text.isObject else { throw InvalidRecord("\(header.name) is no JSON object") }
        return text
    }
}
