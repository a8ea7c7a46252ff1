public import Daybook
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
    ///   - now: the clock that gives the log its times.
    public static func open(
        _ catalog: StreamCatalog, maximumHashes: Int = .max, now: @escaping @Sendable () -> Timestamp = { .now }
    ) async throws -> DirectArbiter {
        try await catalog.log.createStreams([catalog.layout.dedup])
        let core = Core(catalog, maximumHashes: maximumHashes, now)
        try await core.restore()
        return DirectArbiter(core)
    }

    private init(_ core: Core) {
        self.core = core
    }

    /// How many calls wait for the next transaction. For tests.
    var waitingCalls: Int { line.withLock(\.waiting.count) }

    public var statistics: ArbiterStatistics { core.statistics }

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
    private final class Core: Sendable {
        private struct State: ~Copyable {
            var decider: Decider
            var writer: (any TransactionalWriter)?
            /// Log times do not fall.
            var lastTime = Timestamp(microseconds: 0)
            /// What the log holds is not what is remembered: it has to be restored before the next decision.
            var isStale = true
            var verdicts = VerdictCounts()
        }

        private let catalog: StreamCatalog
        private let state: Mutex<State>
        private let maximumHashes: Int
        private let now: @Sendable () -> Timestamp

        init(_ catalog: StreamCatalog, maximumHashes: Int, _ now: @escaping @Sendable () -> Timestamp) {
            self.catalog = catalog
            self.now = now
            self.maximumHashes = maximumHashes
            state = Mutex(State(decider: Decider(maximumHashes: maximumHashes)))
        }

        var executor: (any TaskExecutor)? { catalog.log.executor }

        var statistics: ArbiterStatistics {
            state.withLock { state in
                ArbiterStatistics(
                    hashes: state.decider.count, jobs: state.decider.jobCount, memoryBytes: state.decider.memoryBytes,
                    verdicts: state.verdicts)
            }
        }

        func restore() async throws {
            let log = catalog.log
            let earlier = state.withLock { state in
                state.decider = Decider(maximumHashes: maximumHashes)
                return state.writer.take()
            }
            await earlier?.close()
            // Ends what an earlier writer left open.
            let writer = try await log.transactionalWriter(id: "\(catalog.layout.prefix)-arbiter")
            try await DedupStream.read(catalog.layout.dedup.allPartitions, of: log) { digest, hash in
                try state.withLock { try $0.decider.restore(digest, hash) }
            }
            state.withLock { state in
                state.writer = writer
                state.isStale = false
            }
        }

        func decide(_ requests: [HashRequest]) async throws(LogError) -> [Verdict] {
            do {
                if state.withLock({ $0.isStale }) {
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
                    for request in requests { state.decider.decide(request, at: state.lastTime) }
                    try state.decider.sweep(at: state.lastTime)
                    return state.decider.appends
                }
                let verdicts = try await writer.transaction { [self] transaction in
                    let (verdicts, records) = try settle(try await transaction.append(appends))
                    _ = try await transaction.append(records)
                    return verdicts
                }
                state.withLock { state in
                    state.decider.commit()
                    state.verdicts.add(verdicts)
                }
                return verdicts
            } catch {
                state.withLock { state in
                    state.decider.rollBack()
                    // Whether it was stored is found out by reading.
                    if (error as? LogError)?.mayBeStored != false { state.isStale = true }
                }
                throw error
            }
        }

        private func settle(_ appended: [Appended]) throws -> ([Verdict], [NewRecord]) {
            let settled = try state.withLock { try $0.decider.settle(appended) }
            let dedup = catalog.layout.dedup.name
            let records = settled.states.map { digest, state in
                DedupStream.record(
                    digest, state, in: StreamPartition(dedup, StreamLayout.arbiterPartition(of: digest)))
            }
            return (settled.verdicts, records)
        }
    }
}
