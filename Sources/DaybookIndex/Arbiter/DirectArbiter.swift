public import Daybook
import Synchronization

/// The arbiter of a log that this process has for itself: it decides where the write is made, without asking through
/// the log.
///
/// What arrives while a transaction is under way is decided in the next one.
public final class DirectArbiter: Arbiter {
    /// How many requests one transaction takes, but for a call that has more by itself.
    private static let batchSize = 4096

    private enum Turn {
        case answered([Result<Verdict, LogError>])
        /// The caller is to decide what waits, its own requests first.
        case leads
    }

    private struct Call {
        var requests: [HashRequest]
        var turn: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var waiting: [Call] = []
        var isRunning = false

        /// Those that go with so many requests into one transaction.
        mutating func take(besides count: Int) -> [Call] {
            var size = count
            let calls = waiting.prefix { call in
                size += call.requests.count
                return size <= DirectArbiter.batchSize
            }
            waiting.removeFirst(calls.count)
            return Array(calls)
        }
    }

    private let core: Core
    private let state = Mutex(State())

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

    /// How many calls wait for the one that decides. For tests.
    var waitingCalls: Int { state.withLock(\.waiting.count) }

    public var statistics: ArbiterStatistics {
        get async { await core.statistics }
    }

    public func decide(_ requests: [HashRequest]) async -> [Result<Verdict, LogError>] {
        guard !requests.isEmpty else { return [] }
        let isFirst = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if !isFirst {
            let turn = await withCheckedContinuation { continuation in
                let leads = state.withLock { state in
                    // Whoever led has ended meanwhile.
                    if !state.isRunning {
                        state.isRunning = true
                        return true
                    }
                    state.waiting.append(Call(requests: requests, turn: continuation))
                    return false
                }
                if leads { continuation.resume(returning: .leads) }
            }
            if case .answered(let answers) = turn { return answers }
        }
        return await lead(requests)
    }

    /// Decides the caller's requests together with those of others that wait, and hands the lead over: nobody decides
    /// for others for longer than it takes to decide its own.
    private func lead(_ own: [HashRequest]) async -> [Result<Verdict, LogError>] {
        // Whoever is about to ask, too, goes with it: a transaction costs as much as everything else together.
        await Task.yield()
        var others = state.withLock { $0.take(besides: own.count) }
        let requests = others.isEmpty ? own : own + others.flatMap(\.requests)
        var answers: [Result<Verdict, LogError>]
        do throws(LogError) {
            answers = try await core.decide(requests).map { .success($0) }
        } catch {
            answers = requests.map { _ in .failure(error) }
            // The others were not cancelled: whoever leads next decides for them.
            if Task.isCancelled, !error.mayBeStored {
                state.withLock { $0.waiting.insert(contentsOf: others, at: 0) }
                others = []
            }
        }
        let next = state.withLock { state -> Call? in
            state.isRunning = !state.waiting.isEmpty
            return state.isRunning ? state.waiting.removeFirst() : nil
        }
        next?.turn.resume(returning: .leads)
        if others.isEmpty, answers.count == own.count { return answers }
        var rest = answers.dropFirst(own.count)
        for call in others {
            call.turn.resume(returning: .answered(Array(rest.prefix(call.requests.count))))
            rest = rest.dropFirst(call.requests.count)
        }
        return Array(answers.prefix(own.count))
    }

    /// The decider and its writer.
    private actor Core {
        private let catalog: StreamCatalog
        private var decider: Decider
        private var writer: (any TransactionalWriter)?
        /// Log times do not fall.
        private var lastTime = Timestamp(microseconds: 0)
        /// What the log holds is not what is remembered: it has to be restored before the next decision.
        private var isStale = true
        private let maximumHashes: Int
        private let now: @Sendable () -> Timestamp
        private var verdicts = VerdictCounts()

        init(_ catalog: StreamCatalog, maximumHashes: Int, _ now: @escaping @Sendable () -> Timestamp) {
            self.catalog = catalog
            self.now = now
            self.maximumHashes = maximumHashes
            decider = Decider(maximumHashes: maximumHashes)
        }

        var statistics: ArbiterStatistics {
            ArbiterStatistics(
                hashes: decider.count, jobs: decider.jobCount, memoryBytes: decider.memoryBytes, verdicts: verdicts)
        }

        func restore() async throws {
            let log = catalog.log
            await writer?.close()
            // Ends what an earlier writer left open.
            writer = try await log.transactionalWriter(id: "\(catalog.layout.prefix)-arbiter")
            var restored = Decider(maximumHashes: maximumHashes)
            try await DedupStream.read(catalog.layout.dedup.allPartitions, of: log) { try restored.restore($0, $1) }
            decider = restored
            isStale = false
        }

        func decide(_ requests: [HashRequest]) async throws(LogError) -> [Verdict] {
            do {
                if isStale { try await restore() }
                guard let writer else { throw LogError.closed }
                return try await decide(requests, writer)
            } catch let error as LogError {
                throw error
            } catch {
                throw .unavailable("\(error)")
            }
        }

        private func decide(_ requests: [HashRequest], _ writer: any TransactionalWriter) async throws -> [Verdict] {
            lastTime = max(lastTime, now())
            for request in requests { decider.decide(request, at: lastTime) }
            do {
                try decider.sweep(at: lastTime)
                let appends = decider.appends
                let dedup = catalog.layout.dedup.name
                let verdicts = try await writer.transaction { [self] transaction in
                    let appended = try await transaction.append(appends)
                    let (verdicts, records) = try await settle(appended, dedup)
                    _ = try await transaction.append(records)
                    return verdicts
                }
                decider.commit()
                self.verdicts.add(verdicts)
                return verdicts
            } catch {
                decider.rollBack()
                // Whether it was stored is found out by reading.
                if (error as? LogError)?.mayBeStored != false { isStale = true }
                throw error
            }
        }

        private func settle(_ appended: [Appended], _ dedup: String) throws -> ([Verdict], [NewRecord]) {
            let settled = try decider.settle(appended)
            let records = settled.states.map { digest, state in
                DedupStream.record(
                    digest, state, in: StreamPartition(dedup, StreamLayout.arbiterPartition(of: digest)))
            }
            return (settled.verdicts, records)
        }
    }
}
