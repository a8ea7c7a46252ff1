public import Daybook
public import LosslessJSON

extension IndexedEventView: FilterSubject {
    public func value(of field: EventField) -> FieldValue? {
        func text(_ bytes: UnsafeRawBufferPointer?) -> FieldValue? {
            bytes.map { .text(String(decoding: $0, as: UTF8.self)) }
        }
        switch field {
        case .id: return .text(id.description)
        case .hash: return text(hash) ?? .text(id.description)
        case .topic: return text(topic)
        case .sender: return text(sender)
        case .senderType: return text(senderType)
        case .project: return text(project)
        case .user: return text(user)
        case .dependsOn: return dependsOn.map { .text($0.description) }
        case .status: return .text(status.rawValue)
        case .retries: return .number(DecimalNumber(retries))
        case .progress: return DecimalNumber(progress).map { .number($0) }
        case .description: return text(description)
        case .createdAt: return .time(createdAt)
        case .updatedAt: return .time(updatedAt)
        case .severity: return .text(severity.rawValue)
        case .kind: return .text(kind.rawValue)
        case .entityType: return text(entityType)
        case .entityId: return text(entityID)
        case .operation: return operation.map { .text($0.rawValue) }
        case .attributeName: return text(attributeName)
        case .orderingKey: return text(orderingKey)
        case .traceparent: return text(traceparent)
        }
    }

    public var filteredMetadata: JSONText { metadata.map { JSONText(trusting: Array($0)) } ?? .emptyObject }
    public var filteredSummary: JSONText { summary.map { JSONText(trusting: Array($0)) } ?? .emptyObject }
}
