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

    var filteredSummary: JSONText { event.summary }
    var filteredMetadata: JSONText { event.metadata }
}
