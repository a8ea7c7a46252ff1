import Daybook
import Testing

@testable import DaybookIndex

/// The rules of the arbiter, decision by decision.
@Suite struct DeciderTests {
    /// A decider with a log of its own: records get the next offset of their partition.
    private struct Bench: ~Copyable {
        var decider: Decider
        var time = Timestamp(microseconds: 1_000_000_000_000)
        var log: [StreamPartition: [Record]] = [:]

        init(maximumHashes: Int = .max) {
            decider = Decider(maximumHashes: maximumHashes)
        }

        mutating func decide(_ requests: HashRequest...) throws -> [Verdict] {
            for request in requests { decider.decide(request, at: time) }
            try decider.sweep(at: time)
            let appended = decider.appends.map { new in
                log[new.partition, default: []].append(new.record)
                return Appended(
                    position: Position(new.partition, Int64((log[new.partition]?.count ?? 0) - 1)), time: time)
            }
            let settled = try decider.settle(appended)
            decider.commit()
            return settled.verdicts
        }

        mutating func pass(_ seconds: Int) { time = time.advanced(by: .seconds(seconds)) }

        func records(_ partition: StreamPartition = home) throws -> [EventRecord] {
            try log[partition, default: []].map { try RecordDecoder.decode($0) }
        }
    }

    private static let home = StreamPartition("daybook.a", 2)
    private static let signals = StreamPartition("daybook.signals", 0)

    private func publish(_ event: Event, window: Duration? = nil, body: UInt64? = nil) -> HashRequest {
        HashRequest(
            .publish(HashTerms(window: window, bodyDigest: body)), hash: event.hash ?? "", event: event.id,
            record: RecordEncoder.encode(created: event, actor: nil), target: Self.home)
    }

    private func change(
        _ event: Event, _ change: EventChange, by holder: Holder? = nil, to target: StreamPartition = home
    ) -> HashRequest {
        var changed = event
        change.apply(to: &changed)
        let entry = EventRecord(
            operation: .changed, recordID: EventRecord.recordID(changing: event.id), event: changed,
            changes: change.fields)
        return HashRequest(
            .change, hash: event.hash ?? "", event: event.id, record: RecordEncoder.encode(entry), target: target,
            holder: holder, status: change.status, retries: event.retries)
    }

    private func claim(_ job: Event, by holder: Holder, _ terms: ClaimTerms = ClaimTerms()) -> HashRequest {
        var job = job
        job.id = .generate()
        job.sender = holder.sender
        return HashRequest(
            .claim(terms), hash: job.hash ?? "", event: job.id,
            record: RecordEncoder.encode(created: job, actor: holder.sender), target: Self.home, holder: holder)
    }

    private func delete(_ event: Event) -> HashRequest {
        let entry = EventRecord(operation: .deleted, recordID: "\(event.id).1", event: event)
        return HashRequest(
            .delete, hash: event.hash ?? "", event: event.id, record: RecordEncoder.encode(entry), target: Self.home)
    }

    private func granted(_ verdict: Verdict) -> GrantedJob? {
        if case .granted(let job) = verdict { job } else { nil }
    }

    // MARK: - Publishing

    @Test func `one event has a hash, and the others are told which`() throws {
        var bench = Bench()
        let (first, second, third) = (
            Event(topic: "a.b", hash: "h"), Event(topic: "a.c", hash: "h"), Event(topic: "a.b", hash: "h")
        )
        let position = Position(Self.home, 0)
        // Also within a batch, before the first one has a position.
        #expect(
            try bench.decide(publish(first), publish(second)) == [
                .done(position), .duplicate(of: first.id, created: position),
            ])
        #expect(
            try bench.decide(publish(third), publish(first)) == [
                .duplicate(of: first.id, created: position), .repeated(position),
            ])
        #expect(try bench.records().map(\.event.id) == [first.id])
    }

    @Test func `a batch that was rolled back has not happened`() throws {
        var bench = Bench()
        let (first, second) = (Event(topic: "a.b", hash: "h"), Event(topic: "a.b", hash: "h"))
        bench.decider.decide(publish(first), at: bench.time)
        bench.decider.rollBack()
        #expect(try bench.decide(publish(second)) == [.done(Position(Self.home, 0))])
        bench.decider.decide(delete(second), at: bench.time)
        bench.decider.decide(publish(first), at: bench.time)
        bench.decider.rollBack()
        #expect(bench.decider.state(of: HashDigest("h"))?.event == second.id)
        #expect(bench.decider.count == 1)
    }

    @Test func `a deleted event frees its hash`() throws {
        var bench = Bench()
        let (first, second) = (Event(topic: "a.b", hash: "h"), Event(topic: "a.b", hash: "h"))
        let verdicts = try bench.decide(publish(first), delete(first), publish(second), delete(first))
        #expect(
            verdicts == [
                .done(Position(Self.home, 0)), .done(Position(Self.home, 1)), .done(Position(Self.home, 2)), .notFound,
            ])
        #expect(try bench.records().map(\.operation) == [.created, .deleted, .created])
    }

    @Test func `reuse deletes the event that has the hash, and a repeat of it does nothing`() throws {
        var bench = Bench()
        let (first, second) = (Event(topic: "a.b", hash: "h"), Event(topic: "a.b", hash: "h"))
        var reuse = publish(second)
        reuse.action = .reuse(HashTerms())
        #expect(try bench.decide(publish(first), reuse).last == .done(Position(Self.home, 2)))
        #expect(try bench.decide(reuse) == [.repeated(Position(Self.home, 2))])
        #expect(try bench.records().map(\.operation) == [.created, .deleted, .created])
        #expect(try bench.records().map(\.event.id) == [first.id, first.id, second.id])
        var fresh = publish(Event(topic: "a.b", hash: "other"))
        fresh.action = .reuse(HashTerms())
        #expect(try bench.decide(fresh) == [.done(Position(Self.home, 3))])
    }

    @Test func `a window runs from the first publish, whatever is repeated`() throws {
        var bench = Bench()
        let events = (0..<4).map { _ in Event(topic: "a.b", hash: "h") }
        let window = Duration.seconds(60)
        _ = try bench.decide(publish(events[0], window: window))
        bench.pass(59)
        let duplicate = Verdict.duplicate(of: events[0].id, created: Position(Self.home, 0))
        #expect(try bench.decide(publish(events[1], window: window)) == [duplicate])
        bench.pass(1)
        #expect(try bench.decide(publish(events[2], window: window)) == [.done(Position(Self.home, 1))])
        // What is over is forgotten also when nobody asks.
        bench.pass(60)
        #expect(try bench.decide(publish(Event(topic: "a.b", hash: "other"))).count == 1)
        #expect(bench.decider.count == 1)
    }

    @Test func `an event whose window is over can be changed and deleted, whoever has the hash now`() throws {
        var bench = Bench()
        let events = (0..<2).map { _ in Event(topic: "a.b", hash: "h", status: .pending) }
        _ = try bench.decide(publish(events[0], window: .seconds(60)))
        bench.pass(60)
        _ = try bench.decide(publish(events[1], window: .seconds(60)))
        var late = change(events[0], EventChange(status: .finished))
        #expect(try bench.decide(late) == [.notFound], "of a topic without window it would have been replaced")
        late.mayBeForgotten = true
        var deletion = delete(events[0])
        deletion.mayBeForgotten = true
        #expect(try bench.decide(late, deletion) == [.done(Position(Self.home, 2)), .done(Position(Self.home, 3))])
        #expect(bench.decider.state(of: HashDigest("h"))?.event == events[1].id)
    }

    @Test func `an idempotency key is good for one request`() throws {
        var bench = Bench()
        let event = Event(topic: "a.b", hash: "h")
        #expect(
            try bench.decide(publish(event, body: 1), publish(event, body: 1), publish(event, body: 2)) == [
                .done(Position(Self.home, 0)), .repeated(Position(Self.home, 0)), .keyReused(event.id),
            ])
    }

    @Test func `what needs more hashes than there may be is refused, and the rest goes on`() throws {
        var bench = Bench(maximumHashes: 2)
        let events = (0..<3).map { Event(topic: "a.b", hash: "\($0)") }
        let verdicts = try bench.decide(publish(events[0]), publish(events[1]), publish(events[2]))
        #expect(verdicts[2] == .full)
        #expect(try bench.decide(publish(events[0])) == [.repeated(Position(Self.home, 0))])
        #expect(
            try bench.decide(delete(events[0]), publish(events[2])) == [
                .done(Position(Self.home, 2)), .done(Position(Self.home, 3)),
            ])
    }

    @Test func `changes go to the event's partition, ticks of progress to the signals`() throws {
        var bench = Bench()
        let event = Event(topic: "a.b", hash: "h", status: .pending)
        var elsewhere = change(event, EventChange(status: .finished))
        elsewhere.target = StreamPartition(Self.home.stream, 5)
        let verdicts = try bench.decide(
            publish(event), change(event, EventChange(progress: 5), to: Self.signals), elsewhere)
        #expect(
            verdicts == [
                .done(Position(Self.home, 0)), .done(Position(Self.signals, 0)), .done(Position(Self.home, 1)),
            ])
        #expect(try bench.decide(change(Event(topic: "a.b", hash: "h"), EventChange(user: "x"))) == [.notFound])
    }

    // MARK: - Jobs

    private let ann = Holder("ann")
    private let bob = Holder("bob")
    private let eve = Holder("eve")

    @Test func `a job has one holder, who gets it again as often as it asks`() throws {
        var bench = Bench()
        let job = Event(topic: "a.job", hash: "j", status: .pending)
        let first = try #require(granted(try bench.decide(claim(job, by: ann))[0]))
        #expect(first.isNew && first.status == .pending && first.retries == 0)
        #expect(try bench.decide(claim(job, by: bob)) == [.lost(.taken, job: first.event)])
        let again = try #require(granted(try bench.decide(claim(job, by: ann))[0]))
        #expect(again.event == first.event && !again.isNew)
        let (one, two) = (Holder("ann", workerID: "1"), Holder("ann", workerID: "2"))
        #expect(try bench.decide(claim(job, by: one)) == [.lost(.taken, job: first.event)])
        let other = Event(topic: "a.job", hash: "k", status: .pending)
        #expect(granted(try bench.decide(claim(other, by: one))[0]) != nil)
        #expect(granted(try bench.decide(claim(other, by: two))[0]) == nil)
    }

    @Test func `a failed job runs 1 + maxRetries times in all`() throws {
        var bench = Bench()
        var job = Event(topic: "a.job", hash: "j", status: .pending)
        let terms = ClaimTerms(maximumRetries: 2)
        var runs = 0
        while let grant = granted(try bench.decide(claim(job, by: runs % 2 == 0 ? ann : bob, terms))[0]) {
            #expect(grant.retries == runs)
            job.id = grant.event
            runs += 1
            #expect(
                try bench.decide(change(job, EventChange(status: .failed), by: runs % 2 == 1 ? ann : bob)).count == 1)
        }
        #expect(runs == 3)
        #expect(try bench.decide(claim(job, by: ann, terms)) == [.lost(.exhausted, job: job.id)])
        let last = try #require(try bench.records().last { $0.changes.contains(.sender) })
        #expect(last.event.retries == 2 && last.event.status == .pending && last.event.sender == "ann")
    }

    @Test func `a failed job rests before it is done again, twice as long each time`() throws {
        var bench = Bench()
        var job = Event(topic: "a.job", hash: "j", status: .pending)
        let terms = ClaimTerms(maximumRetries: 5, retryDelay: .seconds(10))
        for rest in [10, 20, 40] {
            job.id = try #require(granted(try bench.decide(claim(job, by: ann, terms))[0])).event
            _ = try bench.decide(change(job, EventChange(status: .failed), by: ann))
            bench.pass(rest - 1)
            #expect(try bench.decide(claim(job, by: ann, terms)) == [.lost(.resting, job: job.id)])
            bench.pass(1)
        }
    }

    @Test func `what a former holder still sends is refused`() throws {
        var bench = Bench()
        var job = Event(topic: "a.job", hash: "j", status: .pending)
        let terms = ClaimTerms(lease: .seconds(30))
        job.id = try #require(granted(try bench.decide(claim(job, by: ann, terms))[0])).event
        bench.pass(29)
        #expect(try bench.decide(claim(job, by: bob, terms)) == [.lost(.taken, job: job.id)])
        // A sign of life renews the lease, a tick of progress, too.
        _ = try bench.decide(change(job, EventChange(progress: 50), by: ann, to: Self.signals))
        bench.pass(29)
        #expect(try bench.decide(claim(job, by: bob, terms)) == [.lost(.taken, job: job.id)])
        bench.pass(1)
        let taken = try #require(granted(try bench.decide(claim(job, by: bob, terms))[0]))
        #expect(taken.retries == 1, "the attempt counts")
        let late = change(job, EventChange(status: .finished), by: ann)
        #expect(try bench.decide(late) == [.held(by: bob)])
        #expect(try bench.decide(change(job, EventChange(status: .restarted), by: ann)) == [.held(by: bob)])
        _ = try bench.decide(change(job, EventChange(status: .finished), by: bob))
        #expect(try bench.decide(late) == [.held(by: bob)], "also when the job is over")
        #expect(try bench.decide(claim(job, by: ann, terms)) == [.lost(.over, job: job.id)])
    }

    @Test func `a job whose last lease ended has failed`() throws {
        var bench = Bench()
        var job = Event(topic: "a.job", hash: "j", status: .pending)
        let terms = ClaimTerms(maximumRetries: 0, lease: .seconds(30))
        job.id = try #require(granted(try bench.decide(claim(job, by: ann, terms))[0])).event
        bench.pass(30)
        // Until somebody asks, it is still its holder's.
        #expect(try bench.decide(claim(job, by: bob, terms)) == [.lost(.exhausted, job: job.id)])
        #expect(try bench.records().last?.event.status == .failed)
        #expect(try bench.decide(change(job, EventChange(status: .finished), by: ann)) == [.held(by: nil)])
    }

    @Test func `what is late is refused, however the job ended meanwhile`() throws {
        var bench = Bench()
        var job = Event(topic: "a.job", hash: "j", status: .pending)
        let terms = ClaimTerms(maximumRetries: 1, lease: .seconds(30))
        job.id = try #require(granted(try bench.decide(claim(job, by: ann, terms))[0])).event
        bench.pass(30)
        _ = try bench.decide(claim(job, by: bob, terms))
        bench.pass(30)
        #expect(try bench.decide(claim(job, by: eve, terms)) == [.lost(.exhausted, job: job.id)])
        // Of what is over the holders before the last one are forgotten; this job has no last one.
        _ = try bench.decide(change(job, EventChange(status: .aborted)))
        func reports() -> [HashRequest] {
            [EventStatus.inProgress, .finished, .failed].map { change(job, EventChange(status: $0), by: ann) }
        }
        for late in reports() + [change(job, EventChange(status: .aborted), by: ann)] {
            #expect(try bench.decide(late) == [.held(by: nil)])
        }
        _ = try bench.decide(change(job, EventChange(status: .restarted)))
        for late in reports() { #expect(try bench.decide(late) == [.held(by: nil)], "nor before it is claimed again") }
        _ = try bench.decide(claim(job, by: eve, terms))
        for late in reports() { #expect(try bench.decide(late) == [.held(by: eve)]) }
    }

    @Test func `a restarted job is handed out again, each time it is restarted`() throws {
        var bench = Bench()
        var job = Event(topic: "a.job", hash: "j", status: .pending)
        job.id = try #require(granted(try bench.decide(claim(job, by: ann))[0])).event
        for holder in [bob, ann] {
            // An operator names nobody.
            #expect(try bench.decide(change(job, EventChange(status: .restarted))).count == 1)
            let grant = try #require(granted(try bench.decide(claim(job, by: holder))[0]))
            #expect(grant.event == job.id && grant.retries == 0)
        }
        _ = try bench.decide(change(job, EventChange(status: .finished), by: ann))
        #expect(granted(try bench.decide(claim(job, by: bob))[0]) == nil)
        _ = try bench.decide(change(job, EventChange(status: .restarted)))
        #expect(granted(try bench.decide(claim(job, by: bob))[0]) != nil, "also when it was finished")
    }

    @Test func `an aborted job counts as done`() throws {
        var bench = Bench()
        var job = Event(topic: "a.job", hash: "j", status: .pending)
        job.id = try #require(granted(try bench.decide(claim(job, by: ann))[0])).event
        // Somebody who never had it may abort it.
        #expect(try bench.decide(change(job, EventChange(status: .finished), by: bob)) == [.held(by: ann)])
        #expect(
            try bench.decide(change(job, EventChange(status: .aborted), by: bob)) == [.done(Position(Self.home, 1))])
        #expect(try bench.decide(claim(job, by: ann)) == [.lost(.over, job: job.id)])
        #expect(bench.decider.jobCount == 0)
    }

    // MARK: - Memory

    @Test func `a state reads back as it was written`() throws {
        var job = JobState(status: .inProgress, retries: 3, holder: Holder("ann", workerID: "w-1"))
        job.former = [Holder("bob"), Holder("bob", workerID: "")]
        job.lease = .seconds(30)
        job.leaseEnd = Timestamp(microseconds: 1_234_567)
        job.failed = Timestamp(microseconds: 7)
        let states = [
            HashState(event: .generate(), created: Position(StreamPartition("daybook.ä", 7), 1 << 40)),
            HashState(
                event: .generate(), created: Position(Self.home, 0), expires: Timestamp(microseconds: 5_000_000),
                bodyDigest: .max),
            HashState(event: .generate(), created: Position(Self.home, 3), job: job),
        ]
        var decider = Decider()
        for (number, state) in states.enumerated() {
            #expect(try HashState(wireBytes: state.wireBytes) == state)
            let digest = HashDigest("\(number)")
            try decider.restore(digest, state)
            #expect(decider.state(of: digest) == state)
            for cut in 0..<state.wireBytes.count {
                #expect(throws: InvalidRecord.self) { try HashState(wireBytes: Array(state.wireBytes.prefix(cut))) }
            }
        }
    }

    @Test func `many hashes come and go`() throws {
        var decider = Decider()
        var expected: [HashDigest: EventID] = [:]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50_000 {
            let digest = HashDigest(high: UInt64.random(in: 0..<2_000, using: &random) << 52, low: .random(in: 0..<3))
            if Bool.random(using: &random) {
                let id = EventID.generate()
                expected[digest] = id
                try decider.restore(digest, HashState(event: id, created: Position(Self.home, 1)))
            } else {
                expected[digest] = nil
                try decider.restore(digest, nil)
            }
        }
        #expect(decider.count == expected.count)
        for (digest, id) in expected { #expect(decider.state(of: digest)?.event == id) }
    }
}
