import Daybook
import DaybookTesting

/// A log that lets a test step into a transformer's transactions: behind what is written in them and before their commit,
/// and behind their commit and before anybody hears of it.
final class InterruptedLog: EventLog {
    enum Moment: Hashable, Sendable {
        case beforeCommit, afterCommit
    }

    /// What was done with groups, `set GROUP` and `join GROUP`.
    let groupCalls = Notes()
    private let base: any EventLog
    private let step: @Sendable (Moment) async throws -> Void

    init(_ base: any EventLog, _ step: @escaping @Sendable (Moment) async throws -> Void = { _ in }) {
        self.base = base
        self.step = step
    }

    private struct Writer: TransactionalWriter {
        let base: any TransactionalWriter
        let step: @Sendable (Moment) async throws -> Void

        func transaction<Result: Sendable>(
            _ body: @Sendable (any Transaction) async throws -> Result
        ) async throws -> Result {
            let result = try await base.transaction { transaction in
                let result = try await body(transaction)
                try await step(.beforeCommit)
                return result
            }
            try await step(.afterCommit)
            return result
        }

        func close() async { await base.close() }
    }

    func transactionalWriter(id: String) async throws -> any TransactionalWriter {
        let writer = try await base.transactionalWriter(id: id)
        return id.contains("-transformer-") ? Writer(base: writer, step: step) : writer
    }

    var features: Set<LogFeature> { base.features }
    var identity: String { get async throws { try await base.identity } }
    var maximumRecordBytes: Int { base.maximumRecordBytes }
    var statistics: LogStatistics { base.statistics }
    func createStreams(_ streams: [StreamSpecification]) async throws { try await base.createStreams(streams) }
    func streams() async throws -> [String: StreamSpecification] { try await base.streams() }
    func watermarks(of partitions: [StreamPartition]) async throws -> [StreamPartition: Watermarks] {
        try await base.watermarks(of: partitions)
    }
    func offset(in partition: StreamPartition, at time: Timestamp) async throws -> Int64 {
        try await base.offset(in: partition, at: time)
    }
    func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>] { await base.append(records) }
    func reader(from starts: [StreamPartition: Int64]) async throws -> any LogReader {
        try await base.reader(from: starts)
    }
    func records(at positions: [Position]) async throws -> [StoredRecord?] { try await base.records(at: positions) }
    func join(group: String, streams: [String], options: GroupOptions) async throws -> any GroupMember {
        groupCalls.add("join \(group)")
        return try await base.join(group: group, streams: streams, options: options)
    }
    func committedPositions(
        group: String, of partitions: [StreamPartition]
    ) async throws -> [StreamPartition: Int64] {
        try await base.committedPositions(group: group, of: partitions)
    }
    func setCommittedPositions(group: String, to positions: [StreamPartition: Int64]) async throws {
        try await base.setCommittedPositions(group: group, to: positions)
        groupCalls.add("set \(group)")
    }
    func deleteGroup(_ group: String) async throws { try await base.deleteGroup(group) }
    func trim(_ partition: StreamPartition, before offset: Int64) async throws {
        try await base.trim(partition, before: offset)
    }
    func checkHealth() async throws { try await base.checkHealth() }
    func close() async throws { try await base.close() }
}
