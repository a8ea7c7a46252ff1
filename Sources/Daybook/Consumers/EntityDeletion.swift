import LosslessJSON

/// What an event says of a deletion.
public struct EntityDeletion: Hashable, Sendable {
    /// Nil when many were deleted at once and the event stands for all of them.
    public var id: String?
    /// Whether it is part of a deletion of many (metadata `delete_all`).
    public var isOfMany: Bool
    /// The version all of whose entities were deleted (metadata `delete_by_version`).
    public var version: String?

    public init(_ event: Event) {
        id = event.entity.id
        let metadata = event.metadata.members
        isOfMany = metadata?["delete_all"]?.boolValue == true
        version = metadata?["delete_by_version"]?.stringValue
    }
}
