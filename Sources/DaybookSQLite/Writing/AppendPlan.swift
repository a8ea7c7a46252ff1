import Daybook
import GRDB

/// Gives records their offsets and log times, and writes them, packed, into the batch table.
///
/// Nothing the log knows changes until ``PartitionTable/publish(_:)`` is given the runs, so a plan that fails leaves no trace.
struct AppendPlan: Sendable {
    /// Consecutive records of one partition.
    struct Run: Sendable {
        let reference: PartitionReference
        let isCompact: Bool
        let time: Int64
        var batch: TailBatch
    }

    private let table: PartitionTable
    private let maximumRecordBytes: Int
    private let now: Int64
    private(set) var runs: [Run] = []
    private var indexes: [StreamPartition: Int] = [:]
    private var lastName: StreamPartition?
    private var lastIndex = 0
    private(set) var records = 0
    private(set) var bytes = 0

    init(_ table: PartitionTable, maximumRecordBytes: Int, now: Timestamp) {
        self.table = table
        self.maximumRecordBytes = maximumRecordBytes
        self.now = now.microseconds
    }

    /// Plans the records of one call; see ``EventLog/append(_:)`` for what fails.
    mutating func add(_ records: [NewRecord]) -> [Result<Appended, LogError>] {
        var failed: Set<StreamPartition> = []
        var results: [Result<Appended, LogError>] = []
        results.reserveCapacity(records.count)
        for record in records {
            if !failed.isEmpty, failed.contains(record.partition) {
                results.append(.failure(.precedingFailed))
                continue
            }
            let result = add(record)
            if case .failure = result { failed.insert(record.partition) }
            results.append(result)
        }
        return results
    }

    /// Plans the records of one call, all or none.
    mutating func addAll(_ records: [NewRecord]) throws -> [Appended] {
        for record in records {
            if let error = select(record) { throw error }
        }
        return try records.map { try add($0).get() }
    }

    private mutating func add(_ new: NewRecord) -> Result<Appended, LogError> {
        if let error = select(new) { return .failure(error) }
        let offset = runs[lastIndex].batch.end
        let time = Timestamp(microseconds: runs[lastIndex].time)
        let size = new.record.byteCount
        runs[lastIndex].batch.records.append(StoredRecord(offset: offset, time: time, record: new.record))
        runs[lastIndex].batch.bytes += size + Self.overhead
        records += 1
        bytes += size
        return .success(Appended(position: Position(new.partition, offset), time: time))
    }

    /// Makes the run of the record's partition the last one used; tells why the record cannot be taken.
    private mutating func select(_ new: NewRecord) -> LogError? {
        let size = new.record.byteCount
        guard size <= maximumRecordBytes else { return .tooLarge(bytes: size, maximum: maximumRecordBytes) }
        if new.partition != lastName {
            guard let index = indexes[new.partition] ?? begin(new.partition) else {
                return .unknownPartition(new.partition)
            }
            lastName = new.partition
            lastIndex = index
        }
        if runs[lastIndex].isCompact, new.record.key == nil {
            return .refused("stream \(new.partition.stream) is compacted, so its records need a key")
        }
        guard runs[lastIndex].batch.end <= BatchKey.maximumOffset else {
            return .refused("partition \(new.partition) has used up its offsets; use another stream")
        }
        return nil
    }

    private mutating func begin(_ name: StreamPartition) -> Int? {
        guard let point = table.appendPoint(name) else { return nil }
        indexes[name] = runs.count
        // Times never fall, also when the system's clock is set back.
        runs.append(
            Run(
                reference: point.reference, isCompact: point.isCompact, time: max(now, point.lastTime),
                batch: TailBatch(base: point.end, records: [], bytes: 0)))
        return runs.count - 1
    }

    func write(_ database: Database, _ encoder: BatchEncoder) throws {
        for run in runs { try BatchTable.insert(database, run.batch.records[...], to: run.reference, encoder) }
    }

    /// What a record costs in memory besides its bytes: three arrays and its fields.
    private static let overhead = 160
}
