public import Daybook
import Synchronization

/// A log whose readers cannot read for a while, and whose transactions, commits and readers fail or wait when they are
/// told to.
public final class StumblingLog: EventLog {
    private let base: any EventLog
    private let isStumbling = Atomic(false)
    private let transactionFailures = Mutex<[LogError]>([])
    private let readFailures = Mutex<[String: LogError]>([:])

    private let hold = Mutex<TransactionHold?>(nil)
    private let commitHold = Mutex<TransactionHold?>(nil)

    public init(_ base: any EventLog) {
        self.base = base
    }

    /// The next transaction fails so. Where the outcome is unknown it was committed all the same.
    public func failNextTransaction(_ error: LogError) { transactionFailures.withLock { $0.append(error) } }

    /// The next transaction waits before it begins.
    public func holdNextTransaction() -> TransactionHold {
        let new = TransactionHold()
        hold.withLock { $0 = new }
        return new
    }

    /// The next commit of positions by themselves waits before it is made.
    public func holdNextCommit() -> TransactionHold {
        let new = TransactionHold()
        commitHold.withLock { $0 = new }
        return new
    }

    /// The next read of a stream fails so.
    public func failNextRead(of stream: String, _ error: LogError) { readFailures.withLock { $0[stream] = error } }

    public func stumbles(_ flag: Bool) { isStumbling.store(flag, ordering: .sequentiallyConsistent) }

    fileprivate func check() throws {
        if isStumbling.load(ordering: .sequentiallyConsistent) { throw LogError.unavailable("it stumbles") }
    }

    public func reader(from starts: [StreamPartition: Int64]) async throws -> any LogReader {
        Reader(log: self, base: try await base.reader(from: starts), streams: Set(starts.keys.map(\.stream)))
    }

    private struct Reader: LogReader {
        let log: StumblingLog
        let base: any LogReader
        let streams: Set<String>

        func next(maximum: Int) async throws -> RecordBatch {
            try log.check()
            let batch = try await base.next(maximum: maximum)
            let failure = log.readFailures.withLock { failures in
                streams.first { failures[$0] != nil }.flatMap { failures.removeValue(forKey: $0) }
            }
            if let failure { throw failure }
            return batch
        }

        func add(_ starts: [StreamPartition: Int64]) async throws { try await base.add(starts) }
        func close() async { await base.close() }
    }

    private struct Writer: TransactionalWriter {
        let log: StumblingLog
        let base: any TransactionalWriter

        func transaction<Result: Sendable>(
            _ body: @Sendable (any Transaction) async throws -> Result
        ) async throws -> Result {
            if let hold = log.hold.withLock({ $0.take() }) { try await hold.wait() }
            let failure = log.transactionFailures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if let failure, !failure.mayBeStored { throw failure }
            let result = try await base.transaction { try await body(Open(base: $0)) }
            if let failure { throw failure }
            return result
        }

        func close() async { await base.close() }
    }

    private struct Open: Transaction {
        let base: any Transaction

        func append(_ records: [NewRecord]) async throws -> [Appended] { try await base.append(records) }
        func commit(_ positions: [StreamPartition: Int64], of member: any GroupMember) async throws {
            try await base.commit(positions, of: (member as? Member)?.base ?? member)
        }
    }

    private struct Member: GroupMember {
        let log: StumblingLog
        let base: any GroupMember

        func next(maximum: Int) async throws -> GroupEvent { try await base.next(maximum: maximum) }
        func commit(_ positions: [StreamPartition: Int64]) async throws {
            if let hold = log.commitHold.withLock({ $0.take() }) { try await hold.wait() }
            try await base.commit(positions)
        }
        var assignment: Set<StreamPartition> { get async { await base.assignment } }
        func leave() async { await base.leave() }
    }

    public var features: Set<LogFeature> { base.features }
    public var identity: String { get async throws { try await base.identity } }
    public var maximumRecordBytes: Int { base.maximumRecordBytes }
    public var statistics: LogStatistics { base.statistics }
    public func createStreams(_ streams: [StreamSpecification]) async throws { try await base.createStreams(streams) }
    public func streams() async throws -> [String: StreamSpecification] { try await base.streams() }
    public func watermarks(of partitions: [StreamPartition]) async throws -> [StreamPartition: Watermarks] {
        try await base.watermarks(of: partitions)
    }
    public func offset(in partition: StreamPartition, at time: Timestamp) async throws -> Int64 {
        try await base.offset(in: partition, at: time)
    }
    public func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>] { await base.append(records) }
    public func transactionalWriter(id: String) async throws -> any TransactionalWriter {
        Writer(log: self, base: try await base.transactionalWriter(id: id))
    }
    public func records(at positions: [Position]) async throws -> [StoredRecord?] {
        try await base.records(at: positions)
    }
    public func join(group: String, streams: [String], options: GroupOptions) async throws -> any GroupMember {
        Member(log: self, base: try await base.join(group: group, streams: streams, options: options))
    }
    public func committedPositions(
        group: String, of partitions: [StreamPartition]
    ) async throws -> [StreamPartition: Int64] {
        try await base.committedPositions(group: group, of: partitions)
    }
    public func setCommittedPositions(group: String, to positions: [StreamPartition: Int64]) async throws {
        try await base.setCommittedPositions(group: group, to: positions)
    }
    public func deleteGroup(_ group: String) async throws { try await base.deleteGroup(group) }
    public func trim(_ partition: StreamPartition, before offset: Int64) async throws {
        try await base.trim(partition, before: offset)
    }
    public func checkHealth() async throws { try await base.checkHealth() }
    public func close() async throws { try await base.close() }
}
