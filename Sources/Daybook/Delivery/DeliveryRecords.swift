import DequeModule
public import Logging
import LosslessJSON
import Synchronization

/// What was sent for registrations, when, and what was answered: in a stream of its own, so that every server shows the
/// same and a restart forgets nothing; the latest of each registration in memory.
///
/// It is written beside the work, which never waits for it: what cannot be written in time is dropped and counted.
public final class DeliveryRecords: Sendable {
    /// How many deliveries of a registration are shown.
    public static let shown = 100
    /// How many attempts of a delivery are shown.
    static let shownAttempts = 10
    /// How many attempts wait to be written.
    private static let capacity = 10_000
    /// How many records of each partition are read when it is begun to be followed.
    private static let lookBack: Int64 = 5000

    /// A delivery with its attempts, the latest ones, in their order.
    public struct Entry: Hashable, Sendable {
        public var attempts: [DeliveryAttempt]
        /// How many there were, as far as is known.
        public var count: Int
    }

    private struct State {
        var waiting: Deque<NewRecord> = []
        var dropped = 0
        var isWriting = false
        /// By registration, the one that was tried last at the end.
        var entries: [EventID: Deque<Entry>] = [:]
        /// Where reading goes on.
        var positions: [StreamPartition: Int64] = [:]
    }

    private let log: any EventLog
    private let stream: StreamSpecification
    private let logger: Logger
    private let state = Mutex(State())

    public init(
        _ log: any EventLog, _ stream: StreamSpecification, logger: Logger = Logger(label: "daybook.deliveries")
    ) {
        self.log = log
        self.stream = stream
        self.logger = logger
    }

    /// How many attempts were not written down.
    public var dropped: Int { state.withLock { $0.dropped } }

    /// The latest deliveries of a registration, the one that was tried last first.
    public func latest(of registration: EventID, limit: Int = shown) -> [Entry] {
        state.withLock { Array(($0.entries[registration] ?? []).reversed().prefix(limit)) }
    }

    // MARK: - Writing

    /// Writes an attempt down, soon.
    func add(_ attempt: DeliveryAttempt, of registration: EventID) {
        let key = Array("\(registration)/\(attempt.position)".utf8)
        let partition = Partitioner.partition(of: Array(registration.description.utf8), partitions: stream.partitions)
        let record = NewRecord(
            StreamPartition(stream.name, partition), Record(key: key, value: attempt.json(of: registration).bytes))
        let begins = state.withLock { state in
            guard state.waiting.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            state.waiting.append(record)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { Task { await write() } }
    }

    private func write() async {
        var backoff = Backoff()
        while true {
            let batch = state.withLock { state in
                if state.waiting.isEmpty { state.isWriting = false }
                return Array(state.waiting.prefix(500))
            }
            if batch.isEmpty { return }
            let outcomes = await log.append(batch)
            if outcomes.contains(where: { $0.mayWorkLater }), await wait(&backoff) { continue }
            state.withLock { state in
                state.waiting.removeFirst(batch.count)
                state.dropped += outcomes.count { (try? $0.get()) == nil }
            }
        }
    }

    private func wait(_ backoff: inout Backoff) async -> Bool { (try? await backoff.wait()) != nil }

    // MARK: - Following

    /// Follows the stream until it is cancelled or the log is closed.
    public func run() async throws {
        let follower = StreamFollower(log: log, stream: stream, logger: logger)
        try await follower.run { marks in
            state.withLock { state in
                for (partition, mark) in marks {
                    let start = state.positions[partition] ?? mark.end - Self.lookBack
                    state.positions[partition] = max(mark.low, start)
                }
                return state.positions
            }
        } apply: { batch in
            for stored in batch.records { self.apply(stored) }
            state.withLock { $0.positions[batch.partition] = batch.nextOffset }
        }
    }

    private func apply(_ stored: StoredRecord) {
        guard let value = stored.record.value, let members = try? JSONMembers(value),
            let registration = members["registration"]?.stringValue.flatMap({ EventID($0) }),
            let attempt = DeliveryAttempt(members)
        else { return }
        state.withLock { state in
            var entries = state.entries[registration] ?? []
            var entry = Entry(attempts: [], count: 0)
            if let at = entries.lastIndex(where: { $0.attempts.last?.position == attempt.position }) {
                entry = entries.remove(at: at)
            }
            entry.attempts = (entry.attempts + [attempt]).suffix(Self.shownAttempts)
            entry.count += 1
            entries.append(entry)
            if entries.count > Self.shown { entries.removeFirst() }
            state.entries[registration] = entries
        }
    }

    /// Forgets registrations that are there no more.
    func keep(_ registrations: Set<EventID>) {
        state.withLock { state in state.entries = state.entries.filter { registrations.contains($0.key) } }
    }
}

extension Result<Appended, LogError> {
    fileprivate var mayWorkLater: Bool {
        if case .failure(let error) = self { error.isRetriable } else { false }
    }
}
