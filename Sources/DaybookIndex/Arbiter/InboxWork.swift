import Daybook
import Synchronization

/// Takes what a member of the arbiter's group reads to the tasks that decide it: a line for each partition it holds.
final class InboxWork: Sendable {
    /// The lines, as partitions are assigned.
    let lines: AsyncStream<BatchLine>
    private let continuation: AsyncStream<BatchLine>.Continuation
    private let capacity: Int
    private let open = Mutex<[StreamPartition: BatchLine]>([:])

    init(capacity: Int) {
        self.capacity = capacity
        (lines, continuation) = AsyncStream.makeStream()
    }

    func open(_ partitions: Set<StreamPartition>) {
        for partition in partitions.sorted() {
            let line = BatchLine(partition, capacity: capacity)
            open.withLock { $0[partition] = line }
            // After the end nobody takes it up.
            if case .terminated = continuation.yield(line) { line.end() }
        }
    }

    /// Returns when what is in hand of these partitions is decided and nothing more will be.
    func close(_ partitions: Set<StreamPartition>) async throws {
        let closing = open.withLock { open in partitions.compactMap { open.removeValue(forKey: $0) } }
        for line in closing { line.close() }
        for line in closing { try await line.ended() }
    }

    /// Waits while the partition's line is full.
    func add(_ batch: RecordBatch) async throws {
        guard let line = open.withLock({ $0[batch.partition] }) else { return }
        try await line.add(batch)
    }

    /// There will be no more lines.
    func finish() {
        continuation.finish()
        for line in open.withLock({ Array($0.values) }) { line.close() }
    }
}
