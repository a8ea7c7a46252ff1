public import Logging
import Synchronization

/// Which deliveries lie in the retries stream, or in the dead letters: followed in memory, but for the records
/// themselves, which are read when they are wanted.
public final class ParkedDeliveries: Sendable {
    /// What is known of one without reading it again.
    struct Entry: Hashable, Sendable {
        /// Where its last state lies.
        var stored: Position
        var attempts: Int
        var notBefore: Timestamp
        /// Stands for its ordering key in its partition.
        var lane: Lane
        var isRedriven: Bool
    }

    fileprivate struct State {
        var entries: [EventID: [StreamPartition: [Int64: Entry]]] = [:]
        var positions: [StreamPartition: Int64] = [:]
        var waiters: [Int: (goals: [StreamPartition: Int64], continuation: CheckedContinuation<Void, Never>)] = [:]
        var lastWaiter = 0
        /// It is not followed any more.
        var isOver = false
        var observers: [Int: (registration: EventID, continuation: AsyncStream<Position>.Continuation)] = [:]
        var lastObserver = 0
    }

    let log: any EventLog
    let stream: StreamSpecification
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter stream: ``StreamLayout/retries`` or ``StreamLayout/deadLetters``; created when it is missing.
    public init(_ log: any EventLog, _ stream: StreamSpecification, logger: Logger = Logger(label: "daybook.parked")) {
        self.log = log
        self.stream = stream
        self.logger = logger
    }

    /// The partition where the deliveries of a registration and partition lie, so that they keep their order.
    func partition(of registration: EventID, _ partition: StreamPartition) -> StreamPartition {
        StreamPartition(
            stream.name,
            Partitioner.partition(of: Array("\(registration)/\(partition)".utf8), partitions: stream.partitions))
    }

    // MARK: - Following

    /// Follows the stream until it is cancelled or the log is closed.
    public func run() async throws {
        state.withLock { $0.isOver = false }
        defer { end() }
        try await StreamFollower(log: log, stream: stream, logger: logger).run { marks in
            let (positions, ready) = state.withLock { state in
                for (partition, range) in marks {
                    state.positions[partition] = max(state.positions[partition] ?? 0, range.low)
                }
                return (state.positions, state.takeReady())
            }
            for waiter in ready { waiter.resume() }
            return positions
        } apply: {
            apply($0)
        }
    }

    private func end() {
        let waiters = state.withLock { state in
            state.isOver = true
            defer { state.waiters = [:] }
            return state.waiters.values.map(\.continuation)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Nobody is woken under the lock: who is cancelled in that moment is locked by its canceller, who waits for ours.
    private func apply(_ batch: RecordBatch) {
        let (redriven, ready) = state.withLock { state in
            var redriven: [(AsyncStream<Position>.Continuation, Position)] = []
            for stored in batch.records {
                guard let (registration, position) = ParkedDelivery.identity(ofKey: stored.record.key) else { continue }
                let (partition, offset) = (position.partition, position.offset)
                guard stored.record.value != nil else {
                    state.entries[registration]?[partition]?[offset] = nil
                    if state.entries[registration]?[partition]?.isEmpty == true {
                        state.entries[registration]?[partition] = nil
                    }
                    if state.entries[registration]?.isEmpty == true { state.entries[registration] = nil }
                    continue
                }
                guard let delivery = ParkedDelivery(stored.record) else { continue }
                state.entries[registration, default: [:]][partition, default: [:]][offset] = Entry(
                    stored: Position(batch.partition, stored.offset), attempts: delivery.attempts,
                    notBefore: delivery.notBefore, lane: Lane(partition, delivery.record.key),
                    isRedriven: delivery.isRedriven)
                guard delivery.isRedriven else { continue }
                for observer in state.observers.values where observer.registration == registration {
                    redriven.append((observer.continuation, position))
                }
            }
            state.positions[batch.partition] = batch.nextOffset
            return (redriven, state.takeReady())
        }
        for (observer, position) in redriven { observer.yield(position) }
        for waiter in ready { waiter.resume() }
    }

    /// Waits until everything is known that the stream holds now.
    ///
    /// - Throws: ``LogError``; `CancellationError`.
    public func caughtUp() async throws {
        try await log.createStreams([stream])
        try await reached(try await log.watermarks(of: stream.allPartitions).mapValues(\.end))
    }

    /// Waits until everything is known of what former holders of these partitions wrote. On Kafka what a transaction wrote is seen
    /// only when all that were begun before it are over, also that of a server that was killed, and until then the stream
    /// seems to end before; so a mark is written, which is seen behind all of them.
    ///
    /// - Throws: ``LogError``; `CancellationError`.
    func caughtUp(with partitions: Set<StreamPartition>, of registration: EventID) async throws {
        try await log.createStreams([stream])
        let lines = Set(partitions.map { partition(of: registration, $0) })
        // It ends a delivery that there is not.
        let marks = lines.map { NewRecord($0, ParkedDelivery.end(registration, Position($0, .max))) }
        var goals: [StreamPartition: Int64] = [:]
        for outcome in await log.append(marks) {
            let position = try outcome.get().position
            goals[position.partition] = position.offset + 1
        }
        try await reached(goals)
    }

    /// Waits until everything is known up to these offsets.
    ///
    /// - Throws: ``LogError/closed`` when the stream is not followed any more; `CancellationError`.
    func reached(_ goals: [StreamPartition: Int64]) async throws {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    if state.hasReached(goals) || state.isOver || Task.isCancelled { return false }
                    state.waiters[number] = (goals, continuation)
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
        }
        if Task.isCancelled { throw CancellationError() }
        guard state.withLock({ $0.hasReached(goals) }) else { throw LogError.closed }
    }

    // MARK: - Asking

    /// How many there are of a registration.
    public func count(of registration: EventID) -> Int {
        state.withLock { $0.entries[registration]?.values.reduce(0) { $0 + $1.count } ?? 0 }
    }

    /// Those of a registration and one of its partitions, in the order of their records.
    func entries(of registration: EventID, in partition: StreamPartition) -> [(offset: Int64, entry: Entry)] {
        state.withLock { state in
            (state.entries[registration]?[partition] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
    }

    /// Where the records of all of a registration lie, in the order of stream, partition and offset.
    func positions(of registration: EventID) -> [(position: Position, stored: Position)] {
        state.withLock { state in
            (state.entries[registration] ?? [:]).sorted { $0.key < $1.key }.flatMap { partition, entries in
                entries.sorted { $0.key < $1.key }.map { (Position(partition, $0.key), $0.value.stored) }
            }
        }
    }

    func entry(of registration: EventID, at position: Position) -> Entry? {
        state.withLock { $0.entries[registration]?[position.partition]?[position.offset] }
    }

    /// Tells where the records of deliveries lie that are redriven from now on.
    func redriven(of registration: EventID) -> AsyncStream<Position> {
        let (stream, continuation) = AsyncStream.makeStream(of: Position.self)
        let id = state.withLock { state in
            state.lastObserver += 1
            state.observers[state.lastObserver] = (registration, continuation)
            return state.lastObserver
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.observers.removeValue(forKey: id) }
        }
        return stream
    }
}

extension ParkedDeliveries.State {
    fileprivate func hasReached(_ goals: [StreamPartition: Int64]) -> Bool {
        goals.allSatisfy { positions[$0.key] ?? -1 >= $0.value }
    }

    /// Those who have waited for what is known now.
    fileprivate mutating func takeReady() -> [CheckedContinuation<Void, Never>] {
        let ready = waiters.filter { hasReached($0.value.goals) }
        for number in ready.keys { waiters[number] = nil }
        return ready.values.map(\.continuation)
    }
}
