import Daybook
import Synchronization

/// Tasks that wait until a position has been applied. Waiting costs no task of its own, and all who wait for one batch
/// are resumed together.
final class PositionWaiters: Sendable {
    struct Waiter {
        let id: Int
        let offset: Int64
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Bool, Never>
    }

    struct PartitionEntry {
        var next: Int64 = 0
        var waiting: [Waiter] = []
    }

    struct State {
        var partitions: [StreamPartition: PartitionEntry] = [:]
        var count = 0
        var lastID = 0
        /// Cancelled before they came to wait.
        var cancelled: Set<Int> = []
        /// When the sweeper looks next; nil while there is none.
        var sweepsAt: ContinuousClock.Instant?
        var sweeper = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock(\.count) }
    /// How many partitions something is known of, or waited for.
    var partitionCount: Int { state.withLock(\.partitions.count) }

    /// Tells how far a partition has been applied.
    func publish(_ partition: StreamPartition, next: Int64) {
        let ready: [Waiter] = state.withLock { state in
            state.partitions[partition, default: PartitionEntry()].next = next
            guard state.partitions[partition]?.waiting.isEmpty == false else { return [] }
            return state.take(from: partition) { $0.offset < next }
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }

    /// - Returns: whether the record at the position was applied; false when the time is up or the task was cancelled.
    func wait(for position: Position, timeout: Duration) async -> Bool {
        let id: Int? = state.withLock { state in
            if let next = state.partitions[position.partition]?.next, position.offset < next { return nil }
            state.lastID += 1
            return state.lastID
        }
        guard let id else { return true }
        guard timeout > .zero else { return false }
        let deadline = ContinuousClock.now.advanced(by: timeout)
        let isApplied = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(id: id, offset: position.offset, deadline: deadline, continuation: continuation)
                if let answer = enqueue(waiter, position.partition) { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancel(id, position.partition)
        }
        // Who was answered before the cancellation came is not in the set for ever.
        if Task.isCancelled { state.withLock { _ = $0.cancelled.remove(id) } }
        return isApplied
    }

    /// - Returns: the answer when there is nothing to wait for.
    private func enqueue(_ waiter: Waiter, _ partition: StreamPartition) -> Bool? {
        state.withLock { state in
            if state.cancelled.remove(waiter.id) != nil { return false }
            if let next = state.partitions[partition]?.next, waiter.offset < next { return true }
            state.partitions[partition, default: PartitionEntry()].waiting.append(waiter)
            state.count += 1
            if state.sweepsAt.map({ waiter.deadline < $0 }) ?? true { startSweeper(&state, at: waiter.deadline) }
            return nil
        }
    }

    private func cancel(_ id: Int, _ partition: StreamPartition) {
        let cancelled: [Waiter] = state.withLock { state in
            let found = state.take(from: partition) { $0.id == id }
            if found.isEmpty { state.cancelled.insert(id) }
            return found
        }
        for waiter in cancelled { waiter.continuation.resume(returning: false) }
    }

    // MARK: - Time-outs

    /// One task for all deadlines; it ends when nobody waits. A later one with an earlier deadline takes its place.
    private func startSweeper(_ state: inout State, at instant: ContinuousClock.Instant) {
        state.sweeper += 1
        state.sweepsAt = instant
        let number = state.sweeper
        Task { [weak self] in
            var next: ContinuousClock.Instant? = instant
            while let instant = next {
                try? await Task.sleep(until: instant, clock: .continuous)
                next = self?.sweep(number)
            }
        }
    }

    /// - Returns: when to look next; nil to end.
    private func sweep(_ sweeper: Int) -> ContinuousClock.Instant? {
        let now = ContinuousClock.now
        let (late, next): ([Waiter], ContinuousClock.Instant?) = state.withLock { state in
            guard sweeper == state.sweeper else { return ([], nil) }
            var late: [Waiter] = []
            var next: ContinuousClock.Instant?
            for partition in Array(state.partitions.keys) {
                guard state.partitions[partition]?.waiting.isEmpty == false else { continue }
                late += state.take(from: partition) { $0.deadline <= now }
                for waiter in state.partitions[partition]?.waiting ?? [] {
                    next = next.map { min($0, waiter.deadline) } ?? waiter.deadline
                }
            }
            state.sweepsAt = next
            return (late, next)
        }
        for waiter in late { waiter.continuation.resume(returning: false) }
        return next
    }
}

extension PositionWaiters.State {
    fileprivate mutating func take(
        from partition: StreamPartition, where isTaken: (PositionWaiters.Waiter) -> Bool
    ) -> [PositionWaiters.Waiter] {
        guard let waiting = partitions[partition]?.waiting else { return [] }
        let taken = waiting.filter(isTaken)
        guard !taken.isEmpty else { return [] }
        partitions[partition]?.waiting = waiting.filter { !isTaken($0) }
        // Callers name partitions that never were: nothing is kept of them.
        if taken.count == waiting.count, partitions[partition]?.next == 0 { partitions[partition] = nil }
        count -= taken.count
        return taken
    }
}
