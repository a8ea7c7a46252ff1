/// One member of a consumer group. One task at a time may wait in ``next(maximum:)``.
public protocol GroupMember: Sendable {
    /// What happens next to this member.
    ///
    /// It must be called again within ten session time-outs. A member that is silent for longer is taken for dead: its
    /// partitions go to the others, from the committed positions; what it commits is ``LogError/fenced``; and when it
    /// calls again it is told what it lost (``GroupEvent/revoked(_:)``) and takes part anew. Of a process that died the
    /// partitions are free after one session time-out.
    ///
    /// A cancelled wait throws `CancellationError` and leaves everything as it was: the member stays in the group, and
    /// the next call misses nothing.
    ///
    /// - Parameter maximum: the largest number of records wanted, at least 1.
    /// - Throws: ``LogError/outOfRange(position:available:)`` when the group's position in a partition is no longer
    ///   stored: nothing is skipped, so the partition gives nothing until all members have left and
    ///   ``EventLog/setCommittedPositions(group:to:)`` has said where to go on; ``LogError/closed`` after ``leave()``;
    ///   a retriable ``LogError`` when the log cannot be reached for now (calling again goes on where it stopped).
    func next(maximum: Int) async throws -> GroupEvent

    /// Commits positions (the next offsets to be read) of partitions this member holds. Nothing else moves a group's
    /// position: what was delivered and not committed is delivered again to the next holder.
    ///
    /// - Throws: ``LogError/fenced`` when the member no longer holds one of them; nothing is committed then.
    func commit(_ positions: [StreamPartition: Int64]) async throws

    /// The partitions held now.
    var assignment: Set<StreamPartition> { get async }

    /// Leaves the group at once; a waiting ``next(maximum:)`` throws ``LogError/closed``. Uncommitted records go to
    /// whoever gets the partitions next. Leaving again does nothing.
    func leave() async
}

/// What happens to a group member.
public enum GroupEvent: Sendable {
    /// The member now holds these partitions besides those it had; they are read from the committed position, and where
    /// there is none from where ``GroupOptions/start`` says.
    case assigned(Set<StreamPartition>)
    /// The member is about to lose these partitions. Until it asks for the next event it may still commit them.
    case revoked(Set<StreamPartition>)
    /// Records of a partition the member holds. As with ``LogReader/next(maximum:)`` a batch may be empty.
    case records(RecordBatch)
}
