import Daybook
import Synchronization

/// Records of one partition on their way to the task that decides them: one task adds, one takes.
final class BatchLine: Sendable {
    private struct State {
        /// What waits, as one batch.
        var batch: RecordBatch?
        var bytes = 0
        /// Nothing more is added, and what waits is not decided.
        var isClosed = false
        var hasEnded = false
        /// Rises with each change.
        var version = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let partition: StreamPartition
    private let capacity: Int
    private let maximumBytes: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: how many records wait before no more are taken.
    ///   - maximumBytes: how much the records are together that are taken at once, but for a batch that is larger by itself:
    ///     a transaction has only so much time.
    init(_ partition: StreamPartition, capacity: Int, maximumBytes: Int = 16 << 20) {
        self.maximumBytes = maximumBytes
        self.partition = partition
        self.capacity = capacity
    }

    /// Waits while it is full. What is added to a closed line is dropped: it stays in the inbox.
    func add(_ batch: RecordBatch) async throws {
        let bytes = batch.records.reduce(0) { $0 + $1.record.byteCount }
        _ = try await wait { [capacity, maximumBytes] state -> Bool? in
            if state.isClosed || state.hasEnded { return false }
            guard var waiting = state.batch.take() else {
                (state.batch, state.bytes) = (batch, bytes)
                return true
            }
            let hasRoom = waiting.records.count < capacity && state.bytes + bytes <= maximumBytes
            if hasRoom {
                state.bytes += bytes
                waiting.records += batch.records
                (waiting.nextOffset, waiting.end) = (batch.nextOffset, batch.end)
            }
            state.batch = waiting
            return hasRoom ? true : nil
        }
    }

    /// All that waits: what takes one step together is cheaper than in many. Nil when the line is closed.
    ///
    /// - Parameters:
    ///   - count: when fewer records wait, it is waited for more,
    ///   - limit: and no longer than this.
    func next(atLeast count: Int = 0, within limit: Duration = .zero) async throws -> RecordBatch? {
        let deadline = ContinuousClock.now + limit
        let alarm =
            count > 1
            ? Task { [weak self] in
                try await Task.sleep(until: deadline, clock: .continuous)
                self?.change { _ in }
            } : nil
        defer { alarm?.cancel() }
        return try await wait { state -> RecordBatch?? in
            if state.isClosed { return .some(nil) }
            if let batch = state.batch, batch.records.count < count, ContinuousClock.now < deadline { return nil }
            return state.batch.take().map { .some($0) }
        }
    }

    func close() {
        change { $0.isClosed = true }
    }

    /// The task that takes is done.
    func end() {
        change { $0.hasEnded = true }
    }

    /// Returns when the task that takes is done.
    func ended() async throws {
        _ = try await wait { state -> Bool? in state.hasEnded ? true : nil }
    }

    // MARK: - Waiting

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            state.version += 1
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until the body gives something; it may change the state when it does.
    private func wait<Value: Sendable>(_ body: @Sendable (inout State) -> Value?) async throws -> Value {
        try await withTaskCancellationHandler {
            while true {
                try Task.checkCancellation()
                let (value, version) = state.withLock { (body(&$0), $0.version) }
                if let value {
                    change { _ in }
                    return value
                }
                await change(after: version)
            }
        } onCancel: {
            change { _ in }
        }
    }

    private func change(after version: Int) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.version != version { return true }
                state.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
