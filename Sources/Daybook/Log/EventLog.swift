/// The set of all streams, behind one protocol: the only way Daybook reaches storage.
///
/// A stream is a named, partitioned sequence of records, ordered within a partition. Offsets in a partition rise and
/// may have gaps (transaction markers, compaction); an offset is never given twice. What a backend cannot do it leaves
/// out of ``features``, and the matching calls throw ``LogError/unsupported(_:)``.
///
/// All methods may be called from any task at once. A cancelled call throws `CancellationError`; what it asked for may
/// have been done. A stream or partition that does not exist is ``LogError/unknownPartition(_:)`` wherever one is to be
/// read or written (of a stream as a whole, its partition 0).
///
/// After ``close()`` every call throws ``LogError/closed``, ``identity`` included, and so do
/// ``LogReader/next(maximum:)``, ``LogReader/add(_:)``, ``TransactionalWriter/transaction(_:)``,
/// ``GroupMember/next(maximum:)`` and ``GroupMember/commit(_:)`` of what came from the log. Closing those, or leaving a
/// group, does nothing then.
///
/// What each backend must do beyond the words here is what the contracts in `DaybookTesting` check.
public protocol EventLog: Sendable {
    /// What this backend can do.
    var features: Set<LogFeature> { get }

    /// The identity of the log itself (a Kafka cluster's id, a data directory's id). A snapshot of state made from the
    /// log is good only for the log it was made from. Opening the log again does not change it.
    var identity: String { get async throws }

    /// The largest record (key, value and headers together), in bytes, that ``append(_:)`` takes.
    var maximumRecordBytes: Int { get }

    /// What the log did since it was opened, for metrics.
    var statistics: LogStatistics { get }

    /// Where tasks are best run that go back and forth with the log in short steps, as one that decides what is written or
    /// follows what was: no thread has to wake another for them there, and who follows the log has seen an append, as a rule,
    /// before its caller is told of it. While such a task runs nothing is written: it must not block, nor take long.
    /// Nil: anywhere.
    var executor: (any TaskExecutor)? { get }

    /// Creates the streams that are missing and checks those that exist. When several tasks or servers create the same
    /// streams at once, all of them succeed.
    ///
    /// - Throws: ``LogError/streamMismatch(stream:reason:)`` when an existing stream has another number of partitions
    ///   or another clean-up (another retention is another clean-up); nothing is created then.
    func createStreams(_ streams: [StreamSpecification]) async throws

    /// The streams that exist, by name, with the partitions and clean-up they really have.
    func streams() async throws -> [String: StreamSpecification]

    /// The readable range of each partition, at the time of the call.
    ///
    /// - Throws: ``LogError/unknownPartition(_:)``.
    func watermarks(of partitions: [StreamPartition]) async throws -> [StreamPartition: Watermarks]

    /// The first offset whose record has this log time or a later one; the partition's end when there is none.
    ///
    /// - Throws: ``LogError/unknownPartition(_:)``.
    func offset(in partition: StreamPartition, at time: Timestamp) async throws -> Int64

    /// Appends records, each of which succeeds or fails for itself; the outcomes are in the order of the records.
    ///
    /// A success is durable before it is reported. Records of one call for one partition are stored in their order,
    /// and a record is stored only if every earlier one of its partition in the call was (so a retry of the failed
    /// ones keeps the order): those behind a failed one have ``LogError/precedingFailed``. What is appended after an
    /// earlier call was answered comes after that call's records.
    ///
    /// The outcome of a record is ``LogError/tooLarge(bytes:maximum:)`` above ``maximumRecordBytes``,
    /// ``LogError/unknownPartition(_:)`` when there is no such partition (it is not made), and a failure, too, when it
    /// has no key and its stream is compacted. When the task is cancelled the waiting is given up, not the write: a
    /// record whose outcome is ``LogError/outcomeUnknown(_:)`` may be stored, then or later; with any other failure it
    /// is not.
    func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>]

    /// A writer whose transactions append records and commit a group's positions together.
    ///
    /// At most one writer with an id is alive in the whole log: making one fences the earlier one (its next transaction
    /// throws ``LogError/fenced``) and resolves what it left open, before the call returns.
    func transactionalWriter(id: String) async throws -> any TransactionalWriter

    /// Reads partitions from the given offsets, each in order. Aborted and still open transactions are never delivered.
    ///
    /// An offset may be the partition's end, not more.
    ///
    /// - Throws: ``LogError/outOfRange(position:available:)`` at once or from the first ``LogReader/next(maximum:)``;
    ///   ``LogError/unknownPartition(_:)``.
    func reader(from starts: [StreamPartition: Int64]) async throws -> any LogReader

    /// The records at these positions, in their order, the same position as often as it is named; nil where nothing is
    /// stored at an offset: not yet, not any more, or not committed.
    ///
    /// - Throws: ``LogError/unknownPartition(_:)``.
    func records(at positions: [Position]) async throws -> [StoredRecord?]

    /// Joins a consumer group that shares the partitions of the streams among its members.
    ///
    /// - Throws: ``LogError/unknownPartition(_:)`` when one of the streams does not exist.
    func join(group: String, streams: [String], options: GroupOptions) async throws -> any GroupMember

    /// The group's committed positions (the next offset to be read); partitions without one are absent, also when there
    /// is no such group. A commit that was answered shows at once, be it a member's or a transaction's.
    func committedPositions(group: String, of partitions: [StreamPartition]) async throws -> [StreamPartition: Int64]

    /// Sets the committed positions of a group that has no members.
    ///
    /// - Throws: ``LogError/groupActive(_:)`` when it has.
    func setCommittedPositions(group: String, to positions: [StreamPartition: Int64]) async throws

    /// Deletes a group that has no members, with its positions. Deleting an unknown group does nothing.
    func deleteGroup(_ group: String) async throws

    /// Drops the records before an offset; the low watermark becomes that offset, unless it is higher already. Offsets
    /// are not given again, also when nothing is left.
    ///
    /// - Throws: ``LogError/outOfRange(position:available:)`` when the offset is above the partition's end; nothing is
    ///   dropped then.
    func trim(_ partition: StreamPartition, before offset: Int64) async throws

    /// Finds out whether the log can be reached and written to now, within a few seconds.
    func checkHealth() async throws

    /// Stops accepting, finishes what was accepted, and frees everything. Whoever waits, for records or for a group's
    /// events, is told ``LogError/closed``. Closing again does nothing.
    func close() async throws
}

extension EventLog {
    public var executor: (any TaskExecutor)? { nil }
}
