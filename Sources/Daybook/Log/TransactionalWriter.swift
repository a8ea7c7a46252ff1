/// Writes transactions: several records, in several streams, and a group's positions, all or nothing.
public protocol TransactionalWriter: Sendable {
    /// Runs the body in a transaction and commits it. When the body throws, or the task is cancelled, the transaction
    /// is aborted, nothing of it is ever read, and the error goes on. One transaction at a time: a second call waits.
    ///
    /// The body must come to its end within 10 seconds (the transaction is aborted after that), and must write through
    /// the given transaction only.
    ///
    /// - Throws: what the body throws; `CancellationError` when the task is cancelled, also when the body takes no
    ///   notice of that, and while it waits for its turn; ``LogError/fenced`` when another writer has taken the id
    ///   (make no further use of this one) or the time is over; ``LogError/closed`` after ``close()``, the writer's or
    ///   the log's; ``LogError/outcomeUnknown(_:)`` when the commit was sent and not answered.
    func transaction<Result: Sendable>(
        _ body: @Sendable (any Transaction) async throws -> Result
    ) async throws -> Result

    /// Gives the writer up. Its id may be used again.
    func close() async
}

/// An open transaction.
public protocol Transaction: Sendable {
    /// Appends records and tells where they lie once the transaction commits. In the order of the records. Until then
    /// no reader, watermark or position shows them.
    ///
    /// - Throws: a ``LogError`` when one of them is not taken.
    func append(_ records: [NewRecord]) async throws -> [Appended]

    /// Commits a group's positions (the next offsets to be read) as part of the transaction.
    ///
    /// - Throws: ``LogError/fenced`` when the member has lost its place in the group.
    func commit(_ positions: [StreamPartition: Int64], of member: any GroupMember) async throws
}
