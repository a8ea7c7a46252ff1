import LosslessJSON

/// A delivery's event, to hold filters against as if against its record.
struct DeliveredEvent: FilterSubject {
    let entry: HistoryEntry

    private var event: Event { entry.record.event }

    func value(of field: EventField) -> FieldValue? {
        switch field {
        case .createdAt: .time(event.createdAt ?? entry.time)
        case .updatedAt: .time(entry.time)
        default: event.value(of: field)
        }
    }

    func withText<Result>(of field: EventField, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        // What filters ask for most, without the way over a ``FieldValue``.
        let text: String? =
            switch field {
            case .topic: event.topic
            case .project: event.project
            case .user: event.user
            case .sender: event.sender
            case .entityType: event.entity.type
            case .entityId: event.entity.id
            default: if case .text(let text) = value(of: field) { text } else { nil }
            }
        guard var text else { return body(nil) }
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    var filteredSummary: JSONText { event.summary }
    var filteredMetadata: JSONText { event.metadata }
}
