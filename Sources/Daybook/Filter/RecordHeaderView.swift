import LosslessJSON

/// An event as the headers of one record tell of it, to hold a filter against: nothing is copied that the filter does
/// not ask for. Good only inside ``WireFields/read(_:_:)``.
struct RecordHeaderView: FilterSubject {
    /// Not a copy of them, which would take as long as some conditions together.
    let fields: UnsafePointer<WireFields>
    let recordOperation: RecordOperation
    let logTime: Timestamp

    func withText<Result>(of field: EventField, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        switch field {
        case .topic: return body(fields.pointee[.type])
        case .senderType: return body(fields.pointee[.senderType])
        case .project: return body(fields.pointee[.project])
        case .user: return body(fields.pointee[.user])
        case .entityId: return body(fields.pointee[.entityID])
        case .orderingKey: return body(fields.pointee[.partitionKey])
        case .traceparent: return body(fields.pointee[.traceparent])
        case .status: return body(fields.pointee[.status] ?? Self.finished)
        case .severity: return body(fields.pointee[.severity] ?? Self.informational)
        case .kind: return body(fields.pointee[.kind] ?? Self.standard)
        case .sender:
            if let source = fields.pointee[.source], !fields.pointee.isOurs || SenderSource.isSender(source) {
                return body(source)
            }
        // The topic of a foreign record may tell.
        case .entityType: if fields.pointee.isOurs { return body(fields.pointee[.entityType]) }
        case .attributeName: if fields.pointee.isOurs { return body(fields.pointee[.attributeName]) }
        case .id: if let id = fields.pointee[.eventID] { return body(id) }
        default: break
        }
        guard case .text(var text) = value(of: field) else { return body(nil) }
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    private static var finished: UnsafeRawBufferPointer { bytes("finished") }
    private static var informational: UnsafeRawBufferPointer { bytes("informational") }
    private static var standard: UnsafeRawBufferPointer { bytes("standard") }

    private static func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    func value(of field: EventField) -> FieldValue? {
        func text(_ header: WireHeader) -> String? {
            fields.pointee[header].map { String(decoding: $0, as: UTF8.self) }
        }
        switch field {
        case .id: return (try? fields.pointee.identity()).map { .text($0.id.description) }
        case .hash: return text(.hash).map { .text($0) } ?? value(of: .id)
        case .topic: return text(.type).map { .text($0) }
        case .sender:
            guard let source = text(.source) else { return nil }
            return (fields.pointee.isOurs ? SenderSource.sender(of: source) : source).map { .text($0) }
        case .senderType: return text(.senderType).map { .text($0) }
        case .project: return text(.project).map { .text($0) }
        case .user: return text(.user).map { .text($0) }
        case .dependsOn: return text(.dependsOn).flatMap(EventID.init(anySpelling:)).map { .text($0.description) }
        case .status: return .text(text(.status) ?? EventStatus.finished.rawValue)
        case .retries: return .number(text(.retries).flatMap { DecimalNumber($0) } ?? DecimalNumber(0))
        case .progress:
            if let progress = text(.progress) { return DecimalNumber(progress).map { .number($0) } }
            let isFinished = text(.status).map { $0 == EventStatus.finished.rawValue } ?? true
            return .number(DecimalNumber(isFinished ? 100 : 0))
        case .description: return .text(text(.description) ?? "")
        case .createdAt: return .time(text(.time).flatMap { Timestamp($0) } ?? logTime)
        case .updatedAt: return .time(logTime)
        case .severity: return .text(text(.severity) ?? Severity.informational.rawValue)
        case .kind: return .text(text(.kind) ?? EventKind.standard.rawValue)
        case .entityType: return entity.type.map { .text($0) }
        case .entityId: return text(.entityID).map { .text($0) }
        case .operation: return entity.operation.map { .text($0.rawValue) }
        case .attributeName: return entity.attributeName.map { .text($0) }
        case .orderingKey: return text(.partitionKey).map { .text($0) }
        case .traceparent: return text(.traceparent).map { .text($0) }
        }
    }

    /// Of a foreign record its topic may tell.
    private var entity: EntityChange {
        func text(_ header: WireHeader) -> String? {
            fields.pointee[header].map { String(decoding: $0, as: UTF8.self) }
        }
        var entity = EntityChange(
            type: text(.entityType), operation: text(.operation).flatMap(EntityOperation.init(rawValue:)),
            attributeName: text(.attributeName))
        if !fields.pointee.isOurs, let topic = text(.type) { entity.fillIn(from: topic) }
        return entity
    }

    var filteredSummary: JSONText { object(.summary) }
    var filteredMetadata: JSONText { object(.metadata) }

    /// Not checked to be valid: what is not has no members.
    private func object(_ header: WireHeader) -> JSONText {
        fields.pointee[header].map { JSONText(trusting: Array($0)) } ?? .emptyObject
    }
}

extension Filter {
    /// Whether the event meets the filter as a record of it says: for a change or deletion, the event after it.
    ///
    /// - Throws: ``InvalidRecord`` when it is no record of an event.
    public func matches(_ stored: StoredRecord) throws -> Bool {
        try stored.withFilterSubject { subject, payload in matches(subject, payload: payload) }
    }
}

extension FilterSearch {
    /// The keys of the filters that the event of a record meets, in the order in which they were added.
    ///
    /// - Throws: ``InvalidRecord`` when it is no record of an event.
    public mutating func matches(_ stored: StoredRecord) throws -> [Key] {
        try stored.withFilterSubject { subject, payload in matches(subject, payload: payload) }
    }
}

extension StoredRecord {
    /// Calls the body with what the record says of its event, and with what reads its payload.
    func withFilterSubject<Result>(
        _ body: (RecordHeaderView, () -> Payload?) throws -> Result
    ) throws -> Result {
        try WireFields.readInPlace(record.headers) { fields in
            // In structured mode all of it is in the value.
            if let binary = try StructuredMode.binary(from: record, fields.pointee) {
                return try StoredRecord(offset: offset, time: time, record: binary).withFilterSubject(body)
            }
            let (operation, _) = try fields.pointee.identity()
            return try body(RecordHeaderView(fields: fields, recordOperation: operation, logTime: time)) {
                guard let value = record.value else { return nil }
                let type = fields.pointee[.contentType].map { String(decoding: $0, as: UTF8.self) }
                return Payload(
                    contentType: type ?? (fields.pointee.isOurs ? Payload.json : Payload.unknown), bytes: value)
            }
        }
    }
}
