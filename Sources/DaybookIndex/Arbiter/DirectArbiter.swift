public import Daybook
public import Logging
import Synchronization

/// The arbiter of a log that this process has for itself: it decides where the write is made, without asking through
/// the log.
///
/// What arrives while a transaction is under way is decided in the next one.
public final class DirectArbiter: Arbiter {
    /// How many requests one transaction takes, but for a call that has more by itself.
    private static let batchSize = 4096

    private struct Call {
        let id: Int
        let requests: [HashRequest]
        let answer: CheckedContinuation<[Result<Verdict, LogError>], Never>

        func fail(_ error: LogError) {
            answer.resume(returning: requests.map { _ in .failure(error) })
        }
    }

    private struct Line {
        var waiting: [Call] = []
        /// Those that the transaction is about which is under way, and who have not given up.
        var current: [Int: Call] = [:]
        /// Decides for `current`; nil while there is nothing to do.
        var work: Task<Void, Never>?
        var lastID = 0
        /// Cancelled before they came to wait.
        var cancelled: Set<Int> = []

        /// Those that go together into one transaction.
        mutating func take() -> [Call] {
            var size = 0
            let calls = waiting.prefix { call in
                defer { size += call.requests.count }
                return size == 0 || size + call.requests.count <= DirectArbiter.batchSize
            }
            waiting.removeFirst(calls.count)
            for call in calls { current[call.id] = call }
            return Array(calls)
        }
    }

    private let core: Core
    private let line = Mutex(Line())

    /// Restores what was decided before.
    ///
    /// - Parameters:
    ///   - maximumHashes: how many hashes are remembered; publishes that need more are refused.
    ///   - snapshots: where what is remembered is loaded from and, by ``run()``, saved; nil to read all of it from the log.
    ///   - now: the clock that gives the log its times.
    public static func open(
        _ catalog: StreamCatalog, maximumHashes: Int = .max, snapshots: SnapshotStore? = nil,
        snapshotInterval: Duration = .seconds(60), logger: Logger = Logger(label: "daybook.arbiter"),
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) async throws -> DirectArbiter {
        var own: HashSnapshots?
        if let snapshots {
            own = try await HashSnapshots(
                directory: snapshots.directory, catalog, interval: snapshotInterval, logger: logger)
        }
        return try await open(catalog, maximumHashes: maximumHashes, snapshots: own, now: now)
    }

    static func open(
        _ catalog: StreamCatalog, maximumHashes: Int, snapshots: HashSnapshots?,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) async throws -> DirectArbiter {
        try await catalog.log.createStreams([catalog.layout.dedup])
        let core = Core(catalog, maximumHashes: maximumHashes, snapshots, now)
        try await core.restore()
        return DirectArbiter(core)
    }

    private init(_ core: Core) {
        self.core = core
    }

    /// How many calls wait for the next transaction. For tests.
    var waitingCalls: Int { line.withLock(\.waiting.count) }

    public var statistics: ArbiterStatistics { core.statistics }

    /// Saves what is remembered from time to time, until cancelled, and then once more.
    public func run() async {
        await core.snapshots?.keepSaved(Core.name, of: core)
    }

    public func decide(_ requests: [HashRequest]) async -> [Result<Verdict, LogError>] {
        guard !requests.isEmpty else { return [] }
        let id = line.withLock { line in
            line.lastID += 1
            return line.lastID
        }
        let answers = await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                let call = Call(id: id, requests: requests, answer: answer)
                let isLate = line.withLock { line in
                    if line.cancelled.remove(id) != nil { return true }
                    line.waiting.append(call)
                    if line.work == nil { line.work = nextTransaction() }
                    return false
                }
                if isLate { call.fail(Self.cancelled) }
            }
        } onCancel: {
            giveUp(id)
        }
        // Who was answered before the cancellation came is not in the set for ever.
        if Task.isCancelled { line.withLock { _ = $0.cancelled.remove(id) } }
        return answers
    }

    private static let cancelled = LogError.unavailable("the task was cancelled before anything was decided")

    /// Who is cancelled takes nobody along whose requests go with its own: only when nobody waits any more the transaction is
    /// cancelled, too.
    private func giveUp(_ id: Int) {
        let (call, wasBegun, work) = line.withLock { line -> (Call?, Bool, Task<Void, Never>?) in
            if let at = line.waiting.firstIndex(where: { $0.id == id }) {
                return (line.waiting.remove(at: at), false, nil)
            }
            guard let call = line.current.removeValue(forKey: id) else {
                line.cancelled.insert(id)
                return (nil, false, nil)
            }
            return (call, true, line.current.isEmpty ? line.work : nil)
        }
        work?.cancel()
        call?.fail(wasBegun ? .outcomeUnknown("the task was cancelled while the arbiter decided") : Self.cancelled)
    }

    private func nextTransaction() -> Task<Void, Never> {
        Task(executorPreference: core.executor) { await self.decideNext() }
    }

    /// Decides for all that wait, and sees to it that somebody does for those who come meanwhile.
    private func decideNext() async {
        let calls = line.withLock { $0.take() }
        let requests = calls.count == 1 ? calls[0].requests : calls.flatMap(\.requests)
        let answers: [Result<Verdict, LogError>]
        do throws(LogError) {
            // All may have given up before it began.
            answers = requests.isEmpty ? [] : try await core.decide(requests).map { .success($0) }
        } catch {
            answers = requests.map { _ in .failure(error) }
        }
        let left = line.withLock { line in
            defer { line.current.removeAll(keepingCapacity: true) }
            // A task of its own each, since one that was cancelled stays so.
            line.work = line.waiting.isEmpty ? nil : nextTransaction()
            return line.current
        }
        if calls.count == 1 {
            left[calls[0].id]?.answer.resume(returning: answers)
            return
        }
        var rest = answers[...]
        for call in calls {
            left[call.id]?.answer.resume(returning: Array(rest.prefix(call.requests.count)))
            rest = rest.dropFirst(call.requests.count)
        }
    }

    /// The decider and its writer. One call of ``decide(_:)`` at a time.
    private final class Core: HashSnapshots.Keeper {
        private struct State: ~Copyable {
            var memory: ArbiterMemory
            var writer: (any TransactionalWriter)?
            /// Log times do not fall.
            var lastTime = Timestamp(microseconds: 0)
            var verdicts = VerdictCounts()
        }

        /// The name its snapshot has.
        static let name = "hashes"

        private let catalog: StreamCatalog
        private let state: Mutex<State>
        private let maximumHashes: Int
        let snapshots: HashSnapshots?
        private let now: @Sendable () -> Timestamp

        init(
            _ catalog: StreamCatalog, maximumHashes: Int, _ snapshots: HashSnapshots?,
            _ now: @escaping @Sendable () -> Timestamp
        ) {
            self.catalog = catalog
            self.now = now
            self.maximumHashes = maximumHashes
            self.snapshots = snapshots
            state = Mutex(State(memory: ArbiterMemory(maximumHashes: maximumHashes, asOf: now())))
        }

        var executor: (any TaskExecutor)? { catalog.log.executor }

        var statistics: ArbiterStatistics {
            state.withLock { state in
                var statistics = state.memory.statistics
                statistics.verdicts = state.verdicts
                return statistics
            }
        }

        func image() async -> HashSnapshot.Image? {
            await withCheckedContinuation { asking in state.withLock { $0.memory.giveImage(to: asking) } }
        }

        func renew() {
            // Nobody else can: the log is this process's own.
            state.withLock { $0.memory.renew(at: now()) }
        }

        func loseImage() {
            state.withLock { $0.memory.loseImage() }
        }

        func restore() async throws {
            let log = catalog.log
            await state.withLock { $0.writer.take() }?.close()
            // Ends what an earlier writer left open.
            let writer = try await log.transactionalWriter(id: "\(catalog.layout.prefix)-arbiter")
            let restored = try await HashSnapshots.restore(
                Self.name, catalog.layout.dedup.allPartitions, of: log, maximumHashes: maximumHashes, from: snapshots)
            state.withLock { state in
                guard let memory = restored.take() else { return }
                state.memory = memory
                state.writer = writer
            }
        }

        func decide(_ requests: [HashRequest]) async throws(LogError) -> [Verdict] {
            do {
                if state.withLock({ $0.memory.isStale || $0.writer == nil }) {
                    // This takes long.
                    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await self.restore() }
                }
                guard let writer = state.withLock({ $0.writer }) else { throw LogError.closed }
                return try await decide(requests, writer)
            } catch let error as LogError {
                throw error
            } catch {
                throw .unavailable("\(error)")
            }
        }

        private func decide(_ requests: [HashRequest], _ writer: any TransactionalWriter) async throws -> [Verdict] {
            let time = now()
            do {
                let appends = try state.withLock { state in
                    state.lastTime = max(state.lastTime, time)
                    for request in requests { state.memory.decider.decide(request, at: state.lastTime) }
                    try state.memory.decider.sweep(at: state.lastTime)
                    return state.memory.decider.appends
                }
                let (verdicts, states, stored) = try await writer.transaction { [self] transaction in
                    let (verdicts, states) = try settle(try await transaction.append(appends))
                    return (verdicts, states, try await transaction.append(states))
                }
                state.withLock { state in
                    state.memory.commit(states, stored)
                    state.verdicts.add(verdicts)
                }
                return verdicts
            } catch {
                // Whether it was stored is found out by reading.
                let mayBeStored = (error as? LogError)?.mayBeStored != false
                state.withLock { $0.memory.rollBack(mayBeStored: mayBeStored) }
                throw error
            }
        }

        private func settle(_ appended: [Appended]) throws -> ([Verdict], [NewRecord]) {
            let settled = try state.withLock { try $0.memory.decider.settle(appended) }
            let dedup = catalog.layout.dedup.name
            let records = settled.states.map { digest, state in
                DedupStream.record(
                    digest, state, in: StreamPartition(dedup, StreamLayout.arbiterPartition(of: digest)))
            }
            return (settled.verdicts, records)
        }
    }
}
