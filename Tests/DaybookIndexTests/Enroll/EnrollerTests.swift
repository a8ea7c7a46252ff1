import Daybook
import DaybookTesting
import LosslessJSON
import Synchronization
import Testing

@testable import DaybookIndex

/// How jobs are chosen: by several servers, after restarts, with queues that are too long to be kept.
@Suite(.timeLimit(.minutes(2))) struct EnrollerTests {
    /// A log with an arbiter, and servers of it.
    private struct Bench {
        let clock = ManualClock()
        let catalog: StreamCatalog
        let publisher: Publisher
        let arbiter: DirectArbiter

        init() async throws {
            let log = MemoryLog(store: MemoryStore { [clock] in clock.tick() })
            catalog = try await StreamCatalog.open(log: log, layout: StreamLayout(prefix: "test", partitions: 2))
            arbiter = try await DirectArbiter.open(catalog, now: { [clock] in clock.timestamp })
            publisher = Publisher(catalog: catalog, arbiter: arbiter)
        }

        /// A server's view of the log, while the body runs.
        func withServer(
            window: Int = QueueState.window, bounds: IndexBounds = IndexBounds(),
            _ body: (Server) async throws -> Void
        ) async throws {
            let projector = Projector(catalog: catalog, index: EventIndex(bounds: bounds), logger: .silent)
            let enroller = Enroller(
                publisher: publisher, projector: projector, window: window, now: { [clock] in clock.timestamp })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await projector.run() }
                try await projector.caughtUp()
                try await body(Server(publisher: publisher, projector: projector, enroller: enroller))
                group.cancelAll()
            }
        }

        func sources(_ count: Int, topic: String = "src.a") async throws -> [EventID] {
            try await publisher.publish((0..<count).map { _ in Event(topic: topic, orderingKey: "k") })
                .map { try $0.get().id }
        }
    }

    private struct Server {
        let publisher: Publisher
        let projector: Projector
        let enroller: Enroller

        /// Waits until everything is in the index that the log holds.
        func catchUp() async throws {
            let log = publisher.catalog.log
            let partitions = publisher.catalog.historyStreams.flatMap(\.allPartitions)
            for (partition, range) in try await log.watermarks(of: partitions) where range.end > range.low {
                let position = Position(partition, range.end - 1)
                #expect(await projector.waitUntilApplied(position, timeout: .seconds(60)))
            }
        }

        func enroll(_ request: EnrollRequest) async throws -> [EnrolledJob] {
            try await catchUp()
            return try await enroller.enroll(request)
        }

        /// Waits until so many wait with requests like this.
        func waiting(_ request: EnrollRequest, count: Int) async throws {
            let queue = enroller.queues.peek(request.queueKey)
            while queue.state.withLock({ $0.waiters.count }) < count {
                try Task.checkCancellation()
                await Task.yield()
            }
        }

        func report(_ job: EnrolledJob, _ status: EventStatus, by holder: Holder?) async throws {
            try await catchUp()
            let event = try #require(projector.index.event(job.id))
            _ = try await publisher.write(
                [.change(event.reference, EventChange(status: status))], actor: holder?.sender, holder: holder)[0].get()
        }
    }

    private func request(_ holder: Holder, _ body: (inout EnrollRequest) -> Void = { _ in }) throws -> EnrollRequest {
        var request = EnrollRequest(from: [try #require(TopicPattern("src.*"))], to: "job.x", for: holder)
        body(&request)
        return request
    }

    @Test func `the hash of a job is AYON's`() throws {
        let id = try #require(EventID("0123456789abcdef0123456789abcdef"))
        #expect(
            JobHash.text(target: "job.x", source: id)
                == "cc454748958018691b2c560bd7b13db39fe799b167d9f12443337b2266510385")
    }

    @Test func `servers give a job back to its holder, whichever of them is asked, and to nobody else`() async throws {
        let bench = try await Bench()
        let sources = try await bench.sources(3)
        let (one, two, three) = (Holder("w", workerID: "1"), Holder("w", workerID: "2"), Holder("w", workerID: "3"))
        try await bench.withServer { a in
            try await bench.withServer { b in
                let first = try await a.enroll(request(one))
                #expect(first.map(\.dependsOn) == [sources[0]])
                #expect(try await b.enroll(request(two)).map(\.dependsOn) == [sources[1]])
                #expect(try await b.enroll(request(one)).map(\.id) == first.map(\.id))
                try await a.report(first[0], .failed, by: one)
                // Handed out again, by the other server, to another worker.
                #expect(try await b.enroll(request(three)).map(\.id) == first.map(\.id))
                #expect(try await a.enroll(request(three)).map(\.id) == first.map(\.id))
                #expect(try await a.enroll(request(one)).map(\.dependsOn) == [sources[2]])
            }
            // A server that starts now does not know which of the sender's workers has which job, but asks.
            try await bench.withServer { (c: Server) async throws in
                #expect(try await c.enroll(request(three)).map(\.dependsOn) == [sources[0]])
                #expect(try await c.enroll(request(two)).map(\.dependsOn) == [sources[1]])
                #expect(try await c.enroll(request(one)).map(\.dependsOn) == [sources[2]])
                #expect(try await c.enroll(request(Holder("w", workerID: "4"))).isEmpty)
                #expect(try await c.enroll(request(Holder("other"))).isEmpty)
            }
        }
    }

    @Test func `a lease ends by log time, on every server`() async throws {
        let bench = try await Bench()
        _ = try await bench.sources(1)
        try await bench.withServer { a in
            let job = try await a.enroll(request(Holder("slow")) { $0.lease = .seconds(30) })
            bench.clock.advance(by: .seconds(29))
            try await bench.withServer { b in
                #expect(try await a.enroll(request(Holder("x"))).isEmpty)
                #expect(try await b.enroll(request(Holder("y"))).isEmpty)
                // A sign of life.
                try await b.report(job[0], .inProgress, by: Holder("slow"))
                bench.clock.advance(by: .seconds(20))
                #expect(try await a.enroll(request(Holder("x"))).isEmpty)
                #expect(try await b.enroll(request(Holder("y"))).isEmpty)
                bench.clock.advance(by: .seconds(11))
                #expect(try await b.enroll(request(Holder("y"))).map(\.id) == job.map(\.id))
                #expect(try await a.enroll(request(Holder("x"))).isEmpty)
                await #expect(throws: PublishError.held(by: Holder("y"))) {
                    try await a.report(job[0], .finished, by: Holder("slow"))
                }
            }
        }
    }

    @Test func `a holder whose lease ended gets its job back while nobody else has it`() async throws {
        let bench = try await Bench()
        _ = try await bench.sources(2)
        try await bench.withServer { server in
            let job = try await server.enroll(request(Holder("w")) { $0.lease = .seconds(5) })
            bench.clock.advance(by: .seconds(6))
            #expect(try await server.enroll(request(Holder("w"))).map(\.id) == job.map(\.id))
        }
    }

    @Test func `what is too old is left out and counted, and touching it brings it back`() async throws {
        let bench = try await Bench()
        let old = try await bench.sources(2)
        try await bench.withServer { server in
            // Those in a queue grow old, too.
            #expect(try await server.enroll(request(Holder("w"))).map(\.dependsOn) == [old[0]])
            bench.clock.advance(by: .seconds(3 * 24 * 3600 + 1))
            #expect(try await server.enroll(request(Holder("x"))).isEmpty)
            try await bench.withServer { other in
                #expect(try await other.enroll(request(Holder("x"))).isEmpty)
                for enroller in [server.enroller, other.enroller] {
                    let summary = try await enroller.summary(for: request(Holder("x")))
                    #expect(summary.hidden == 1 && summary.queued.count == 0 && summary.running.count == 1)
                }
                #expect(
                    try await other.enroll(request(Holder("x")) { $0.maximumAge = nil }).map(\.dependsOn) == [old[1]])
            }
        }
        let older = try await bench.sources(1)
        try await bench.withServer { server in
            bench.clock.advance(by: .seconds(4 * 24 * 3600))
            #expect(try await server.enroll(request(Holder("y"))).isEmpty)
            let event = try #require(server.projector.index.event(older[0]))
            _ = try await server.publisher.change(event.reference, EventChange(description: "touched"))
            #expect(try await server.enroll(request(Holder("y"))).map(\.dependsOn) == older)
            #expect(try await server.enroller.summary(for: request(Holder("y"))).hidden == 0)
        }
    }

    @Test func `a queue that is too long is looked for again in the index, and nothing is lost`() async throws {
        let bench = try await Bench()
        try await bench.withServer(window: 8) { server in
            // One that is kept from the beginning, so that it overflows.
            #expect(try await server.enroll(request(Holder("w"))).isEmpty)
            var sources: [EventID] = []
            for _ in 0..<10 { sources += try await bench.sources(10) }
            var done: [EventID] = []
            while let job = try await server.enroll(request(Holder("w"))).first {
                done.append(job.dependsOn)
                try await server.report(job, .finished, by: Holder("w"))
            }
            #expect(done == sources)
        }
    }

    @Test func `a queue that made room for others is made anew`() async throws {
        let bench = try await Bench()
        let sources = try await bench.sources(3)
        try await bench.withServer { server in
            let job = try await server.enroll(request(Holder("w")))[0]
            try await server.report(job, .finished, by: Holder("w"))
            for number in 0..<JobQueues.maximumQueues + 1 {
                _ = try await server.enroll(request(Holder("w")) { $0.target = "other.\(number)" })
            }
            #expect(try await server.enroller.summaries(target: "job.x").isEmpty)
            #expect(try await server.enroll(request(Holder("w"))).map(\.dependsOn) == [sources[1]])
        }
    }

    @Test func `who waits keeps its queue, however many others there are, and gets what comes`() async throws {
        let bench = try await Bench()
        try await bench.withServer { server in
            let count = JobQueues.maximumQueues + 8
            let sources = try await withThrowingTaskGroup(of: [EventID].self) { group in
                for number in 0..<count {
                    var waiting = try request(Holder("w")) { $0.target = "other.\(number)" }
                    waiting.wait = .seconds(60)
                    group.addTask { [waiting] in try await server.enroller.enroll(waiting).map(\.dependsOn) }
                }
                // All of them are in use at once.
                while try await server.enroller.summaries().count < count {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                let sources = try await bench.sources(1)
                for try await found in group { #expect(found == sources) }
                return sources
            }
            #expect(try await server.enroll(request(Holder("x"))).map(\.dependsOn) == sources)
        }
    }

    @Test func `only queues that nobody uses make room, and at the bound a request is refused`() throws {
        let queues = JobQueues(EventIndex(bounds: IndexBounds()), now: { .now })
        func key(_ number: Int) throws -> QueueKey { try request(Holder("w")) { $0.target = "job.\(number)" }.queueKey }
        func isKept(_ queue: JobQueue) -> Bool { queues.queues(target: queue.key.target).contains { $0 === queue } }
        let idle = [try queues.use(key(-1)), try queues.use(key(-2))]
        var used: [JobQueue] = []
        for number in 0..<JobQueues.maximumQueues - 2 { used.append(try queues.use(key(number))) }
        for queue in idle { queues.release(queue) }
        // A look takes nobody's place.
        let other = try key(-3)
        #expect(queues.peek(other).count == 0)
        #expect(idle.allSatisfy(isKept) && queues.queues(target: "job.-3").isEmpty)
        used.append(try queues.use(key(100)))
        #expect(!isKept(idle[0]) && isKept(idle[1]))
        for number in 101..<101 + JobQueues.maximumQueuesInUse - used.count {
            used.append(try queues.use(key(number)))
        }
        #expect(used.allSatisfy(isKept) && !isKept(idle[1]))
        #expect(try queues.use(key(0)) === used[0])
        queues.release(used[0])
        #expect(throws: PublishError.self) { try queues.use(key(-1)) }
        queues.release(used[0])
        queues.release(used[1])
        let new = try queues.use(key(-1))
        #expect(isKept(new) && !isKept(used[0]) && !isKept(used[1]) && used[2...].allSatisfy(isKept))
    }

    @Test func `who waits notices a rest that began later`() async throws {
        let bench = try await Bench()
        let sources = try await bench.sources(1)
        try await bench.withServer { server in
            let job = try await server.enroll(request(Holder("b")) { $0.retryDelay = .seconds(2) })[0]
            let waits = try (0..<3).map { number in
                try request(Holder("a\(number)")) { ($0.retryDelay, $0.wait) = (.seconds(2), .seconds(40)) }
            }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: [EnrolledJob].self) { group in
                for wait in waits { group.addTask { try await server.enroller.enroll(wait) } }
                try await server.waiting(waits[0], count: waits.count)
                try await server.report(job, .failed, by: Holder("b"))
                try await server.catchUp()
                bench.clock.advance(by: .seconds(2))
                #expect(try await group.next()?.map(\.dependsOn) == sources)
                #expect(start.duration(to: .now) < .seconds(30))
                group.cancelAll()
            }
        }
    }

    @Test func `who waits notices a lease that began later, also when another leaves that knew of it`() async throws {
        let bench = try await Bench()
        try await bench.withServer { server in
            let waits = try (0..<3).map { number in
                try request(Holder("a\(number)")) { ($0.lease, $0.wait) = (.seconds(2), .seconds(40)) }
            }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: [EnrolledJob].self) { group in
                for wait in waits { group.addTask { try await server.enroller.enroll(wait) } }
                try await server.waiting(waits[0], count: waits.count)
                // The first one gets the job, falls silent, and the second one gets it.
                let sources = try await bench.sources(1)
                for _ in 0..<2 {
                    #expect(try await group.next()?.map(\.dependsOn) == sources)
                    try await server.catchUp()
                    bench.clock.advance(by: .seconds(3))
                }
                #expect(start.duration(to: .now) < .seconds(30))
                group.cancelAll()
            }
        }
    }

    @Test(arguments: [false, true])
    func `sources that are too old do not hide the new ones behind them`(_ isSequential: Bool) async throws {
        let bench = try await Bench()
        _ = try await bench.sources(JobQueue.scanned + 100)
        func ask(_ holder: String) throws -> EnrollRequest {
            try request(Holder(holder)) { $0.isSequential = isSequential }
        }
        try await bench.withServer { server in
            // Those that were looked at grow old in the queue.
            let job = try await server.enroll(ask("w"))[0]
            try await server.report(job, .finished, by: Holder("w"))
            bench.clock.advance(by: .seconds(4 * 24 * 3600))
            let new = try await bench.sources(1)
            #expect(try await server.enroll(ask("x")).map(\.dependsOn) == new)
        }
        // Nor do those that were too old from the beginning.
        try await bench.withServer { (server: Server) async throws in
            #expect(try await server.enroll(ask("x")).count == 1)
            let summary = try await server.enroller.summary(for: ask("x"))
            #expect(summary.hidden == JobQueue.scanned + 99 && summary.running.count == 1 && summary.isComplete)
        }
    }

    @Test func `a lease that a holder asks for later ends, too`() async throws {
        let bench = try await Bench()
        _ = try await bench.sources(1)
        try await bench.withServer { server in
            let job = try await server.enroll(request(Holder("w")))
            try await server.report(job[0], .inProgress, by: Holder("w"))
            let again = try await server.enroll(request(Holder("w")) { $0.lease = .seconds(20) })
            #expect(again.map(\.id) == job.map(\.id))
            bench.clock.advance(by: .seconds(19))
            #expect(try await server.enroll(request(Holder("x"))).isEmpty)
            bench.clock.advance(by: .seconds(2))
            #expect(try await server.enroll(request(Holder("x"))).map(\.id) == job.map(\.id))
        }
    }

    @Test(arguments: [EventStatus.finished, .failed], [false, true])
    func `a job that is restarted while it is refused can be had`(
        _ status: EventStatus, _ isSequential: Bool
    ) async throws {
        let bench = try await Bench()
        let sources = try await bench.sources(1)
        @Sendable func ask(_ holder: String) throws -> EnrollRequest {
            try request(Holder(holder)) { ($0.maximumRetries, $0.isSequential) = (0, isSequential) }
        }
        try await bench.withServer { server in
            try await bench.withServer { other in
                // The other server is quicker; the refusal arrives when all has changed again.
                let arbiter = DetouredArbiter(arbiter: bench.arbiter) {
                    let job = try await other.enroll(ask("quick"))[0]
                    try await other.report(job, status, by: Holder("quick"))
                    return job
                } after: { job in
                    try await other.report(job, .restarted, by: nil)
                    try await server.catchUp()
                }
                let jobs = try await server.enroller.enroll(ask("slow"), through: arbiter)
                let more = try await server.enroll(ask("slow"))
                #expect((jobs.isEmpty ? more : jobs).map(\.dependsOn) == sources)
            }
        }
    }

    @Test func `the description of a job from many topics fits`() async throws {
        let bench = try await Bench()
        let sources = try await bench.sources(1)
        try await bench.withServer { server in
            let long = String(repeating: "t", count: 250)
            let patterns = try (0..<100).map { try #require(TopicPattern("\(long)\($0)")) }
            let job = try await server.enroll(request(Holder("w")) { $0.sources += patterns })[0]
            #expect(job.dependsOn == sources[0])
            try await server.catchUp()
            let text = try #require(server.projector.index.event(job.id)?.event.description)
            #expect(text.hasPrefix("Convert from src.*, \(long)0, ") && text.hasSuffix(" more to job.x"))
            let count = EventLimits().description
            #expect((count - 300...count).contains(text.utf8.count))
        }
    }

    @Test func `a worker's id that is too long is named`() throws {
        var asked = try request(Holder("w", workerID: String(repeating: "é", count: 256)))
        try asked.validate()
        asked.holder.workerID? += "x"
        #expect(
            throws: InvalidEvent([FieldProblem("workerId", "too_long", "513 bytes; 512 at most")])
        ) { try asked.validate() }
    }

    @Test func `a cancelled wait ends with nothing and lets others go on`() async throws {
        let bench = try await Bench()
        try await bench.withServer { server in
            var waiting = try request(Holder("gone"))
            waiting.wait = .seconds(60)
            let gone = Task { [waiting] in try await server.enroller.enroll(waiting) }
            waiting.holder = Holder("stays")
            async let job = server.enroller.enroll(waiting)
            gone.cancel()
            #expect(try await gone.value.isEmpty)
            let sources = try await bench.sources(1)
            #expect(try await job.map(\.dependsOn) == sources)
        }
    }

    @Test func `jobs that the index let go are not issued again`() async throws {
        let bench = try await Bench()
        let sources = try await bench.sources(6)
        try await bench.withServer { server in
            for _ in 0..<5 {
                let job = try await server.enroll(request(Holder("w")))[0]
                try await server.report(job, .finished, by: Holder("w"))
            }
        }
        // Another server keeps the sources, and of the jobs next to nothing.
        let bounds = IndexBounds(maximumEventsPerPartition: 6)
        try await bench.withServer(bounds: bounds) { (server: Server) async throws in
            _ = await bench.publisher.publish((0..<20).map { _ in Event(topic: "job.y") })
            #expect(try await server.enroll(request(Holder("w"))).map(\.dependsOn) == [sources[5]])
        }
    }
}

/// Lets something happen before the first decision is made, and something else before it is told.
private final class DetouredArbiter: Arbiter {
    private let arbiter: DirectArbiter
    private let isOnWay = Atomic(false)
    private let before: @Sendable () async throws -> EnrolledJob
    private let after: @Sendable (EnrolledJob) async throws -> Void

    init(
        arbiter: DirectArbiter, before: @escaping @Sendable () async throws -> EnrolledJob,
        after: @escaping @Sendable (EnrolledJob) async throws -> Void
    ) {
        self.arbiter = arbiter
        self.before = before
        self.after = after
    }

    func decide(_ requests: [HashRequest]) async -> [Result<Verdict, LogError>] {
        guard !isOnWay.exchange(true, ordering: .relaxed) else { return await arbiter.decide(requests) }
        do {
            let job = try await before()
            let verdicts = await arbiter.decide(requests)
            try await after(job)
            return verdicts
        } catch {
            Issue.record(error)
            return requests.map { _ in .failure(.unavailable("\(error)")) }
        }
    }
}
