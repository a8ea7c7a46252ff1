public import Daybook

/// Hands jobs out: it chooses sources from the index, and the arbiter decides who gets their jobs (guarantee G6).
///
/// The cost of a choice does not depend on how many events there are, nor on how many jobs were done.
public final class Enroller: Sendable {
    /// How long a sequential request waits for the index to be where the log is.
    private static let catchUpTimeout = Duration.seconds(2)

    private let publisher: Publisher
    private let projector: Projector
    let queues: JobQueues

    /// - Parameter now: the clock that tells when a rest or a lease may have ended; the arbiter decides whether it has.
    init(
        publisher: Publisher, projector: Projector, window: Int = QueueState.window,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.publisher = publisher
        self.projector = projector
        queues = JobQueues(projector.index, window: window, now: now)
        projector.feed(queues)
    }

    /// Gives the holder jobs: those that it has and that are not done, and then new ones, the oldest source first.
    ///
    /// When nothing is to be had it waits as the request says; a cancelled wait ends with nothing.
    ///
    /// - Parameter arbiter: who decides instead of the publisher's own.
    /// - Returns: as many jobs as were wanted, or fewer; none when there is nothing to do.
    /// - Throws: ``PublishError``: of a request that makes no sense ``PublishError/invalid(_:)``. After
    ///   ``LogError/outcomeUnknown(_:)`` the holder may have a job, which is given back to it when it asks again.
    public func enroll(
        _ request: EnrollRequest, through arbiter: (any Arbiter)? = nil
    ) async throws(PublishError) -> [EnrolledJob] {
        do throws(InvalidEvent) { try request.validate() } catch { throw .invalid(error) }
        guard let arbiter = arbiter ?? publisher.arbiter else { throw .noArbiter }
        guard projector.hasCaughtUp else {
            throw .log(.unavailable("the index is still being made from the log (\(projector.state))"))
        }
        let deadline = ContinuousClock.now.advanced(by: request.wait)
        let queue = try queues.use(request.queueKey)
        defer { queues.release(queue) }
        var hasWaited = false
        defer { if hasWaited { queue.passOn() } }
        while true {
            if request.isSequential { try await catchUp(request) }
            let jobs = try await claim(from: queue, request, arbiter)
            guard jobs.isEmpty, ContinuousClock.now < deadline, !Task.isCancelled else { return jobs }
            hasWaited = true
            await queue.wait(for: request.holder, until: deadline)
            if Task.isCancelled { return [] }
        }
    }

    // MARK: - Claiming

    private func claim(
        from queue: JobQueue, _ request: EnrollRequest, _ arbiter: any Arbiter
    ) async throws(PublishError) -> [EnrolledJob] {
        var jobs: [EnrolledJob] = []
        var tried: Set<EventID> = []
        while jobs.count < request.count {
            guard try await fill(queue) else { break }
            let picked = queue.pick(
                request.count - jobs.count, for: request.holder, besides: Set(jobs.map(\.dependsOn)))
            // All that were looked at may have become too old.
            if !picked.isFinal { continue }
            guard !picked.sources.isEmpty else { break }
            let outcome = await claim(picked, from: queue, request, arbiter)
            jobs += outcome.jobs
            if let error = outcome.error {
                // What was got is the holder's: it must be told.
                if jobs.isEmpty { throw error }
                break
            }
            if request.isSequential { break }
            // Asking for the same twice would be asking for ever.
            guard tried.isDisjoint(with: picked.sources) else { break }
            tried.formUnion(picked.sources)
        }
        return jobs
    }

    /// - Returns: false when cancelled.
    private func fill(_ queue: JobQueue) async throws(PublishError) -> Bool {
        do {
            try await queue.fill(nil, publisher.catalog.log)
            return true
        } catch let error as LogError {
            throw .log(error)
        } catch {
            return false
        }
    }

    private func claim(
        _ picked: JobQueue.Picked, from queue: JobQueue, _ request: EnrollRequest, _ arbiter: any Arbiter
    ) async -> (jobs: [EnrolledJob], error: PublishError?) {
        var requests: [HashRequest] = []
        do throws(PublishError) {
            for source in picked.sources {
                requests.append(
                    try await publisher.claim(request.job(of: source), request.terms, for: request.holder))
            }
        } catch {
            for source in picked.sources { queue.unclaim(source) }
            return ([], error)
        }
        var jobs: [EnrolledJob] = []
        var failure: PublishError?
        for (source, answer) in zip(picked.sources, await arbiter.decide(requests)) {
            queue.settle(source, answer, for: request.holder, lease: request.lease, since: picked.revision)
            switch answer {
            case .success(.granted(let job)):
                jobs.append(
                    EnrolledJob(
                        id: job.event, dependsOn: source, hash: JobHash.text(target: request.target, source: source),
                        status: job.status, retries: job.retries, position: job.position))
            case .success(.lost): break
            case .success(let verdict): failure = failure ?? PublishError(verdict)
            case .failure(let error): failure = failure ?? .log(error)
            }
        }
        return (jobs, failure)
    }

    // MARK: - Order

    /// Waits until everything is in the index that the streams of sources and jobs hold now.
    private func catchUp(_ request: EnrollRequest) async throws(PublishError) {
        let catalog = publisher.catalog
        var streams: [StreamSpecification] = []
        for source in request.sources + [TopicPattern(request.target)].compactMap({ $0 }) {
            guard source.isLiteral else {
                streams = catalog.historyStreams
                break
            }
            if let stream = catalog.existingStream(forTopic: source.text), !streams.contains(stream) {
                streams.append(stream)
            }
        }
        do {
            let deadline = ContinuousClock.now.advanced(by: Self.catchUpTimeout)
            for (partition, range) in try await catalog.log.watermarks(of: streams.flatMap(\.allPartitions))
            where range.end > range.low {
                let left = max(ContinuousClock.now.duration(to: deadline), .zero)
                guard await projector.waitUntilApplied(Position(partition, range.end - 1), timeout: left) else {
                    throw LogError.unavailable("the index is behind the log, which a sequential request cannot be")
                }
            }
        } catch let error as LogError {
            throw .log(error)
        } catch {
            throw .log(.unavailable("\(error)"))
        }
    }

    // MARK: - Telling

    /// How far the work is along, for a target or all: the queues that were asked for since this process started, the
    /// one asked for last first.
    public func summaries(target: String? = nil) async throws(PublishError) -> [QueueSummary] {
        var summaries: [QueueSummary] = []
        for queue in queues.queues(target: target).reversed() { summaries.append(try await summary(queue)) }
        return summaries
    }

    /// How far the work is along that requests like this ask for.
    public func summary(for request: EnrollRequest) async throws(PublishError) -> QueueSummary {
        do throws(InvalidEvent) { try request.validate() } catch { throw .invalid(error) }
        return try await summary(queues.peek(request.queueKey))
    }

    private func summary(_ queue: JobQueue) async throws(PublishError) -> QueueSummary {
        do {
            try await queue.fill(QueueState.window, publisher.catalog.log)
        } catch let error as LogError {
            throw .log(error)
        } catch {
            throw .log(.unavailable("cancelled"))
        }
        return queue.summary()
    }
}
