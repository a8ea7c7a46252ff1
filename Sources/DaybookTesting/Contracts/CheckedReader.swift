import Daybook

/// A reader that holds each batch against what every batch has to keep, and remembers what it has read.
final class CheckedReader: Sendable {
    private struct State: Sendable {
        var offsets: [StreamPartition: Int64]
        var ends: [StreamPartition: Int64] = [:]
        var records: [StreamPartition: [StoredRecord]] = [:]
    }

    let base: any LogReader
    private let state: Watched<State>
    private let patience: Duration

    init(_ base: any LogReader, from starts: [StreamPartition: Int64], patience: Duration) {
        self.base = base
        state = Watched(State(offsets: starts))
        self.patience = patience
    }

    /// Where each partition is read on.
    var offsets: [StreamPartition: Int64] { state.value.offsets }
    /// Each partition's end as last told.
    var ends: [StreamPartition: Int64] { state.value.ends }
    /// What was read, in order.
    var records: [StreamPartition: [StoredRecord]] { state.value.records }

    func values(of partition: StreamPartition) -> [String] { records[partition, default: []].map(\.record.text) }

    /// The next batch, which has to come.
    @discardableResult
    func next(maximum: Int = 100, awaiting what: String = "a batch") async throws -> RecordBatch {
        let batch = try await withDeadline(patience, what: what) { [base] in try await base.next(maximum: maximum) }
        try take(batch, maximum: maximum)
        return batch
    }

    /// Reads on until a partition has given so many records.
    func read(_ count: Int, of partition: StreamPartition) async throws {
        while records[partition, default: []].count < count {
            try await next(awaiting: "record \(records[partition, default: []].count + 1) of \(count) of \(partition)")
        }
    }

    func add(_ starts: [StreamPartition: Int64]) async throws {
        // First, because a batch may come before the call returns.
        state.update { $0.offsets.merge(starts) { $1 } }
        try await base.add(starts)
    }

    func close() async { await base.close() }

    private func take(_ batch: RecordBatch, maximum: Int) throws {
        guard let before = offsets[batch.partition] else {
            throw ContractViolation("a batch came of \(batch.partition), which is not read")
        }
        try expect(batch.records.count <= maximum, "a batch has \(batch.records.count) records, asked were \(maximum)")
        var next = before
        for stored in batch.records {
            try expect(
                stored.offset >= next,
                "\(batch.partition): offset \(stored.offset) came when \(next) was the next to be read")
            next = stored.offset + 1
        }
        try expect(batch.nextOffset >= next, "\(batch.partition): nextOffset \(batch.nextOffset) is below \(next)")
        try expect(
            batch.nextOffset > before,
            "\(batch.partition): a batch without records that does not move the position (\(before)): a busy loop")
        state.update { state in
            state.offsets[batch.partition] = batch.nextOffset
            state.ends[batch.partition] = batch.end
            state.records[batch.partition, default: []] += batch.records
        }
    }
}
