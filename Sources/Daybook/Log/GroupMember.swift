/// One member of a consumer group. One task at a time may wait in ``next(maximum:)``.
public protocol GroupMember: Sendable {
    /// What happens next to this member. It must be called again within the session time-out times ten, or the member
    /// may be taken for dead.
    func next(maximum: Int) async throws -> GroupEvent

    /// Commits positions (the next offsets to be read) of partitions this member holds.
    ///
    /// - Throws: ``LogError/fenced`` when the member no longer holds one of them; nothing is committed then.
    func commit(_ positions: [StreamPartition: Int64]) async throws

    /// The partitions held now.
    var assignment: Set<StreamPartition> { get async }

    /// Leaves the group at once; a waiting ``next(maximum:)`` throws ``LogError/closed``. Uncommitted records go to
    /// whoever gets the partitions next.
    func leave() async
}

/// What happens to a group member.
public enum GroupEvent: Sendable {
    /// The member now holds these partitions besides those it had; they are read from the committed position.
    case assigned(Set<StreamPartition>)
    /// The member is about to lose these partitions. Until it asks for the next event it may still commit them.
    case revoked(Set<StreamPartition>)
    /// Records of a partition the member holds.
    case records(RecordBatch)
}
