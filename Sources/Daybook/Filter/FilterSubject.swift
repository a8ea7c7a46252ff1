public import LosslessJSON

/// What a ``Filter`` is held against.
public protocol FilterSubject {
    /// The value of an attribute; nil when the event has none.
    func value(of field: EventField) -> FieldValue?
    /// Calls the body with the UTF-8 of an attribute that is a text; with nil when the event has none.
    func withText<Result>(of field: EventField, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result
    /// The summary, a JSON object.
    var filteredSummary: JSONText { get }
    /// The metadata, a JSON object.
    var filteredMetadata: JSONText { get }
}

extension FilterSubject {
    public func withText<Result>(of field: EventField, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        guard case .text(var text) = value(of: field) else { return body(nil) }
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

/// The value of an attribute.
public enum FieldValue: Hashable, Sendable {
    case text(String)
    case number(DecimalNumber)
    case time(Timestamp)
}

/// An event as it is published: without `createdAt` of its own it has none yet, and it was never updated.
extension Event: FilterSubject {
    public func value(of field: EventField) -> FieldValue? {
        switch field {
        case .id: .text(id.description)
        case .hash: .text(hash ?? id.description)
        case .topic: .text(topic)
        case .sender: sender.map { .text($0) }
        case .senderType: senderType.map { .text($0) }
        case .project: project.map { .text($0) }
        case .user: user.map { .text($0) }
        case .dependsOn: dependsOn.map { .text($0.description) }
        case .status: .text(status.rawValue)
        case .retries: .number(DecimalNumber(retries))
        case .progress: DecimalNumber(progress).map { .number($0) }
        case .description: .text(description)
        case .createdAt: createdAt.map { .time($0) }
        case .updatedAt: nil
        case .severity: .text(severity.rawValue)
        case .kind: .text(kind.rawValue)
        case .entityType: entity.type.map { .text($0) }
        case .entityId: entity.id.map { .text($0) }
        case .operation: entity.operation.map { .text($0.rawValue) }
        case .attributeName: entity.attributeName.map { .text($0) }
        case .orderingKey: orderingKey.map { .text($0) }
        case .traceparent: traceparent.map { .text($0) }
        }
    }

    public var filteredSummary: JSONText { summary }
    public var filteredMetadata: JSONText { metadata }
}
