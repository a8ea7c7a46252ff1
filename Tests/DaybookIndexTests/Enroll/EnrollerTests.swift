import Daybook
import DaybookTesting
import LosslessJSON
import Testing

@testable import DaybookIndex

/// How jobs are chosen: by several servers, after restarts, with queues that are too long to be kept.
@Suite struct EnrollerTests {
    /// A log with an arbiter, and servers of it.
    private struct Bench {
        let clock = ManualClock()
        let catalog: StreamCatalog
        let publisher: Publisher

        init() async throws {
            let log = MemoryLog(store: MemoryStore { [clock] in clock.tick() })
            catalog = try await StreamCatalog.open(log: log, layout: StreamLayout(prefix: "test", partitions: 2))
            let arbiter = try await DirectArbiter.open(catalog, now: { [clock] in clock.timestamp })
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

    @Test func `who waits is woken when a queue makes room, a source comes, or a rest ends`() async throws {
        let bench = try await Bench()
        try await bench.withServer { server in
            var waiting = try request(Holder("w"))
            waiting.wait = .seconds(60)
            async let job = server.enroller.enroll(waiting)
            for number in 0..<JobQueues.maximumQueues + 1 {
                _ = try await server.enroll(request(Holder("x")) { $0.target = "other.\(number)" })
            }
            let sources = try await bench.sources(1)
            #expect(try await job.map(\.dependsOn) == sources)
            try await server.report(job[0], .failed, by: Holder("w"))
        }
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
