import Daybook
import DaybookTesting
import Synchronization

/// A log that can be made to fail, as one on another machine does.
final class BreakableLog: EventLog {
    enum Fault: Sendable {
        /// Every append fails with this.
        case appends(LogError)
        /// Appends never come back, nor do transactions begin, as long as nobody gives up waiting.
        case silence
        /// Appends wait until the fault is over, and are done then.
        case held
        /// Appends are stored and the acknowledgement is lost.
        case lostAcknowledgements
        /// Readers fail with this; what they had in hand comes later.
        case reads(LogError)
        /// The same for one stream alone.
        case readsOf(stream: String, LogError)
        /// Nothing can be reached.
        case all(LogError)
    }

    private let log: any EventLog
    private let state = Mutex<Fault?>(nil)
    private let holding = Watched(false)

    init(_ log: any EventLog) {
        self.log = log
    }

    var fault: Fault? {
        get { state.withLock { $0 } }
        set {
            state.withLock { $0 = newValue }
            if newValue == nil { holding.update { $0 = false } }
        }
    }

    /// Waits until an append is held back.
    func whenHeld() async throws {
        try await holding.when { $0 ? () : nil }
    }

    var features: Set<LogFeature> { log.features }
    var identity: String { get async throws { try await log.identity } }
    var maximumRecordBytes: Int { log.maximumRecordBytes }
    var statistics: LogStatistics { log.statistics }

    func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        switch fault {
        case nil, .reads, .readsOf: return await log.append(records)
        case .appends(let error), .all(let error): return records.map { _ in .failure(error) }
        case .lostAcknowledgements:
            _ = await log.append(records)
            return records.map { _ in .failure(.outcomeUnknown("the connection broke")) }
        case .held:
            holding.update { $0 = true }
            do {
                try await holding.when { $0 ? nil : () }
            } catch {
                return records.map { _ in .failure(.outcomeUnknown("given up")) }
            }
            return await log.append(records)
        case .silence:
            try? await Task.sleep(for: .seconds(3600))
            return records.map { _ in .failure(.outcomeUnknown("given up")) }
        }
    }

    private func check() throws {
        if case .all(let error) = fault { throw error }
    }

    func checkHealth() async throws {
        try check()
        try await log.checkHealth()
    }

    func createStreams(_ streams: [StreamSpecification]) async throws {
        try check()
        try await log.createStreams(streams)
    }

    func streams() async throws -> [String: StreamSpecification] {
        try check()
        return try await log.streams()
    }

    func watermarks(of partitions: [StreamPartition]) async throws -> [StreamPartition: Watermarks] {
        try check()
        return try await log.watermarks(of: partitions)
    }

    func offset(in partition: StreamPartition, at time: Timestamp) async throws -> Int64 {
        try check()
        return try await log.offset(in: partition, at: time)
    }

    func transactionalWriter(id: String) async throws -> any TransactionalWriter {
        try check()
        if case .silence = fault {
            try await Task.sleep(for: .seconds(3600))
            throw LogError.outcomeUnknown("given up")
        }
        return try await log.transactionalWriter(id: id)
    }

    func reader(from starts: [StreamPartition: Int64]) async throws -> any LogReader {
        try check()
        return BreakableReader(reader: try await log.reader(from: starts), log: self)
    }

    func records(at positions: [Position]) async throws -> [StoredRecord?] {
        try check()
        return try await log.records(at: positions)
    }

    func join(group: String, streams: [String], options: GroupOptions) async throws -> any GroupMember {
        try await log.join(group: group, streams: streams, options: options)
    }

    func committedPositions(
        group: String, of partitions: [StreamPartition]
    ) async throws -> [StreamPartition: Int64] {
        try await log.committedPositions(group: group, of: partitions)
    }

    func setCommittedPositions(group: String, to positions: [StreamPartition: Int64]) async throws {
        try await log.setCommittedPositions(group: group, to: positions)
    }

    func deleteGroup(_ group: String) async throws { try await log.deleteGroup(group) }

    func trim(_ partition: StreamPartition, before offset: Int64) async throws {
        try await log.trim(partition, before: offset)
    }

    func close() async throws { try await log.close() }
}

/// A reader that fails while its log does.
private final class BreakableReader: LogReader {
    private let reader: any LogReader
    private let log: BreakableLog
    private let held = Mutex<RecordBatch?>(nil)

    init(reader: any LogReader, log: BreakableLog) {
        self.reader = reader
        self.log = log
    }

    func next(maximum: Int) async throws -> RecordBatch {
        var batch = held.withLock { held in
            defer { held = nil }
            return held
        }
        if batch == nil { batch = try await reader.next(maximum: maximum) }
        guard let batch else { throw LogError.closed }
        let error: LogError? =
            switch log.fault {
            case .reads(let error): error
            case .readsOf(batch.partition.stream, let error): error
            default: nil
            }
        guard let error else { return batch }
        held.withLock { $0 = batch }
        throw error
    }

    func add(_ starts: [StreamPartition: Int64]) async throws { try await reader.add(starts) }

    func close() async { await reader.close() }
}
