import Daybook

/// Reads partitions: from memory what was appended last, from the database what is older.
final class SQLiteLogReader: LogReader {
    private let database: LogDatabase
    private let table: PartitionTable
    private let counters: Counters
    private let number: Int

    init(_ database: LogDatabase, _ table: PartitionTable, _ counters: Counters) throws {
        self.database = database
        self.table = table
        self.counters = counters
        number = try table.openReader()
    }

    deinit {
        table.closeReader(number)
    }

    func next(maximum: Int) async throws -> RecordBatch {
        while true {
            if let batch = try await nextOrInterruption(maximum: maximum) { return batch }
        }
    }

    func add(_ starts: [StreamPartition: Int64]) async throws {
        try table.read(starts, by: number)
    }

    func close() async {
        table.closeReader(number)
    }

    // MARK: For group members

    /// As ``next(maximum:)``; nil after ``interrupt()``.
    func nextOrInterruption(maximum: Int) async throws -> RecordBatch? {
        while true {
            try Task.checkCancellation()
            switch try table.nextStep(of: number, maximum: max(1, maximum)) {
            case .recent(let name, let batches, let skipped, let count, let next, let end):
                let records = Self.join(batches, from: skipped, count: count)
                counters.read(records)
                return RecordBatch(partition: name, records: records, nextOffset: next, end: end)
            case .stored(let partition, let offset, let end, let version):
                if let batch = try await read(partition, from: offset, end: end, version, max(1, maximum)) {
                    return batch
                }
            case .outOfRange(let position, let available):
                throw LogError.outOfRange(position: position, available: available)
            case .interrupted:
                return nil
            case .idle:
                await wait()
            }
        }
    }

    /// - Throws: ``LogError/closed``.
    func checkOpen() throws {
        if !table.isOpen(number) { throw LogError.closed }
    }

    func interrupt() {
        table.interruptReader(number)
    }

    /// Takes up partitions, by their numbers; an offset out of range is told by the next read.
    func addUnchecked(_ starts: [Int: Int64]) {
        table.readUnchecked(starts, by: number)
    }

    func removeAll() {
        table.stopReadingAll(by: number)
    }

    func remove(_ partitions: some Sequence<Int>) {
        table.stopReading(partitions, by: number)
    }

    // MARK: Steps

    private func read(
        _ partition: PartitionReference, from offset: Int64, end: Int64, _ version: Int, _ maximum: Int
    ) async throws -> RecordBatch? {
        do {
            let read = try await database.read("to read \(partition.name)") {
                try BatchTable.read($0, partition, from: offset, below: end, maximum: maximum)
            }
            if read.low > offset {
                throw LogError.outOfRange(
                    position: Position(partition.name, offset),
                    available: Watermarks(low: read.low, end: max(read.low, end)))
            }
            guard table.advance(number, partition.id, version: version, to: read.next) else { return nil }
            counters.read(read.records)
            return RecordBatch(partition: partition.name, records: read.records, nextOffset: read.next, end: end)
        } catch {
            table.retry(number, partition.id)
            throw error
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if !table.wait(number, continuation) { continuation.resume() }
            }
        } onCancel: {
            table.cancelWait(number)
        }
    }

    private static func join(_ batches: [TailBatch], from skipped: Int, count: Int) -> [StoredRecord] {
        if batches.count == 1, let only = batches.first, only.records.count == count { return only.records }
        var records: [StoredRecord] = []
        records.reserveCapacity(count)
        for (index, batch) in batches.enumerated() {
            let rest = batch.records.dropFirst(index == 0 ? skipped : 0)
            records.append(contentsOf: rest.prefix(count - records.count))
        }
        return records
    }
}
