import Daybook
import Synchronization

/// What the log counts, without a lock.
final class Counters: Sendable {
    private let appendedRecords = Atomic(0)
    private let appendedBytes = Atomic(0)
    private let failedAppends = Atomic(0)
    private let readRecords = Atomic(0)
    private let readBytes = Atomic(0)
    private let commits = Atomic(0)

    func committed(records: Int, bytes: Int) {
        commits.wrappingAdd(1, ordering: .relaxed)
        appendedRecords.wrappingAdd(records, ordering: .relaxed)
        appendedBytes.wrappingAdd(bytes, ordering: .relaxed)
    }

    func failed(_ records: Int) {
        if records > 0 { failedAppends.wrappingAdd(records, ordering: .relaxed) }
    }

    func read(_ records: [StoredRecord]) {
        if records.isEmpty { return }
        readRecords.wrappingAdd(records.count, ordering: .relaxed)
        readBytes.wrappingAdd(records.reduce(0) { $0 + $1.record.byteCount }, ordering: .relaxed)
    }

    var statistics: LogStatistics {
        var result = LogStatistics()
        result.appendedRecords = appendedRecords.load(ordering: .relaxed)
        result.appendedBytes = appendedBytes.load(ordering: .relaxed)
        result.failedAppends = failedAppends.load(ordering: .relaxed)
        result.readRecords = readRecords.load(ordering: .relaxed)
        result.readBytes = readBytes.load(ordering: .relaxed)
        result.commits = commits.load(ordering: .relaxed)
        return result
    }
}
