import LosslessJSON

/// A change of a job's status.
public struct StatusChange: Hashable, Sendable {
    /// The job: an entity's id where the event tells of one, else the event's own.
    public var job: String
    /// As it was written: one of ``EventStatus`` for a job that is an event.
    public var status: String

    /// Nil when the record changes no job's status.
    public init?(_ record: EventRecord) {
        let entity = record.event.entity
        switch record.operation {
        case .changed where record.changes.contains(.status):
            job = entity.id ?? record.event.id.description
            status = record.event.status.rawValue
        case .created where entity.operation == .update && entity.attributeName == "status":
            guard entity.type?.lowercased() == "job", let id = entity.id,
                let value = entity.attributeValue?.stringValue
            else { return nil }
            job = id
            status = value
        default: return nil
        }
    }
}
