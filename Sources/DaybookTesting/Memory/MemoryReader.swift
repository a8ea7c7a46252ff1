import Daybook

/// Reads partitions of a ``MemoryLog``; where it stands is kept in the store, under its lock.
struct MemoryReader: LogReader {
    let log: MemoryLog
    let id: Int

    func next(maximum: Int) async throws -> RecordBatch {
        try await log.store.state.when { try $0.next(of: id, maximum: maximum) }
    }

    func add(_ starts: [StreamPartition: Int64]) async throws {
        try Task.checkCancellation()
        try log.store.state.update { state throws(LogError) in try state.addToReader(id, starts) }
    }

    func close() async {
        _ = log.store.state.update { $0.readers.removeValue(forKey: id) }
    }
}
