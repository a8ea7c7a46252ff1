import DequeModule
import Synchronization

/// Hands what is delivered to whoever iterates over ``EventBatches``, and waits for the answer.
final class BatchQueue: EventHandler {
    private struct State {
        var waiting: Deque<EventBatch> = []
        /// What somebody has and did not answer yet is not kept here, so that it is refused when it is let go.
        var readers: [Int: CheckedContinuation<EventBatch?, Never>] = [:]
        var lastReader = 0
        var isOpen = false
        var opened = 0
        var failure: (any Error)?
    }

    let batchSize: Int
    let linger: Duration
    private let state = Mutex(State())

    init(batchSize: Int, linger: Duration) {
        self.batchSize = batchSize
        self.linger = linger
    }

    /// A consumer takes the time that it takes; other keys go on meanwhile.
    var boundsItself: Bool { true }

    /// How many batches no loop has taken yet.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    // MARK: - From the registration

    func handle(_ deliveries: [Delivery]) async throws {
        // Cancelled when what is under way is not waited for any more.
        let calledOff = Mutex(false)
        let batch = Mutex<WeakBatch?>(nil)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let new = EventBatch(deliveries, continuation)
                batch.withLock { $0 = WeakBatch(new) }
                if calledOff.withLock({ $0 }) {
                    new.give(.failure(HandlerFailure.withdrawn))
                } else {
                    offer(new)
                }
            }
        } onCancel: {
            calledOff.withLock { $0 = true }
            batch.withLock { $0 }?.batch?.give(.failure(HandlerFailure.withdrawn))
        }
    }

    private struct WeakBatch: Sendable {
        weak let batch: EventBatch?

        init(_ batch: EventBatch) { self.batch = batch }
    }

    private func offer(_ batch: EventBatch) {
        let (reader, isTaken) = state.withLock { state -> (CheckedContinuation<EventBatch?, Never>?, Bool) in
            guard state.isOpen else { return (nil, false) }
            if let first = state.readers.keys.min() { return (state.readers.removeValue(forKey: first), true) }
            state.waiting.append(batch)
            return (nil, true)
        }
        if !isTaken { batch.give(.failure(HandlerFailure.withdrawn)) }
        reader?.resume(returning: batch)
    }

    func withdraw(_ partitions: Set<StreamPartition>?) async {
        func isWithdrawn(_ batch: EventBatch) -> Bool {
            guard let partitions else { return true }
            return batch.deliveries.contains { partitions.contains($0.entry.position.partition) }
        }
        let withdrawn = state.withLock { state in
            let withdrawn = state.waiting.filter(isWithdrawn)
            state.waiting.removeAll(where: isWithdrawn)
            return withdrawn
        }
        for batch in withdrawn { batch.give(.failure(HandlerFailure.withdrawn)) }
    }

    // MARK: - From whoever iterates

    /// Lets batches be handed out.
    ///
    /// - Returns: what ``end(_:_:)`` takes.
    func open() -> Int {
        state.withLock { state in
            state.isOpen = true
            state.failure = nil
            state.opened += 1
            return state.opened
        }
    }

    /// Nothing is handed out any more: who waits is told that it is over.
    ///
    /// - Parameters:
    ///   - opening: only if it was not opened again since; nil is in any case.
    ///   - failure: why, if not because somebody wished it.
    func end(_ opening: Int? = nil, _ failure: (any Error)? = nil) {
        let (waiting, readers) = state.withLock { state -> ([EventBatch], [CheckedContinuation<EventBatch?, Never>]) in
            guard state.isOpen, opening == nil || opening == state.opened else { return ([], []) }
            state.isOpen = false
            state.failure = failure
            defer {
                state.waiting = []
                state.readers = [:]
            }
            return (Array(state.waiting), Array(state.readers.values))
        }
        for batch in waiting { batch.give(.failure(HandlerFailure.withdrawn)) }
        for reader in readers { reader.resume(returning: nil) }
    }

    /// Why it is over, if not because somebody wished it.
    var failure: (any Error)? { state.withLock { $0.failure } }

    /// The next batch; nil when it is over, or the caller is cancelled.
    func next() async -> EventBatch? {
        let number = state.withLock { state in
            state.lastReader += 1
            return state.lastReader
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> EventBatch?? in
                    guard state.isOpen, !Task.isCancelled else { return .some(nil) }
                    if let batch = state.waiting.popFirst() { return batch }
                    state.readers[number] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.readers.removeValue(forKey: number) }?.resume(returning: nil)
        }
    }
}
