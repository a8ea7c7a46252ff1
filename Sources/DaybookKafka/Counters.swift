import Daybook
import Synchronization

/// The log's counts.
final class Counters: Sendable {
    private let counts = Mutex(LogStatistics())

    var statistics: LogStatistics { counts.withLock { $0 } }

    func appended(_ outcomes: [Result<Appended, LogError>], of records: [NewRecord]) {
        var (stored, bytes) = (0, 0)
        for (outcome, record) in zip(outcomes, records) {
            guard case .success = outcome else { continue }
            stored += 1
            bytes += record.record.byteCount
        }
        counts.withLock { counts in
            counts.appendedRecords += stored
            counts.appendedBytes += bytes
            counts.failedAppends += records.count - stored
            if stored > 0 { counts.commits += 1 }
        }
    }

    func read(_ batch: RecordBatch) {
        let bytes = batch.records.reduce(0) { $0 + $1.record.byteCount }
        counts.withLock { counts in
            counts.readRecords += batch.records.count
            counts.readBytes += bytes
        }
    }
}
