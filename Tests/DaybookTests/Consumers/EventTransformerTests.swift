import DaybookTesting
import Testing

@testable import Daybook

extension RegistrationBench {
    /// Everything of a topic that is in the log now.
    func events(_ topic: String) async throws -> [Event] {
        var events: [Event] = []
        let request = Replay.Request(topics: [try #require(TopicPattern(topic))])
        try await Replay(catalog: catalog, request: request).run { batch in
            for stored in batch.records { events.append(try RecordDecoder.decode(stored.record).event) }
        }
        return events
    }
}

/// Counts the events of its partition.
private struct Counting: EventTransform {
    var count = 0

    mutating func transform(_ delivery: Delivery) -> [Event] {
        count += 1
        return [Event(topic: "made.of", description: "\(count)", orderingKey: delivery.event.orderingKey)]
    }
}

/// Events made of events, once each.
@Suite(.timeLimit(.minutes(1))) struct EventTransformerTests {
    private func registration(_ policy: FailurePolicy = RegistrationBench.quick) throws -> Registration {
        Registration(name: "t", filter: try Filter("topic = a.*"), policy: policy)
    }

    private func transformer(
        _ bench: RegistrationBench,
        _ transform: @escaping @Sendable (Delivery) async throws -> [Event] = {
            [Event(topic: "made.of", description: "of \($0.event.description)")]
        }
    ) throws -> EventTransformer {
        EventTransformer(
            try registration(), from: .earliest, of: bench.registrations, logger: .silent, transform: transform)
    }

    @Test func `what it makes depends on what it came from, and comes with the position`() async throws {
        try await RegistrationBench.run { bench in
            let source = Event(
                topic: "a.b", description: "1",
                traceparent: "00-\(String(repeating: "a", count: 32))-\(String(repeating: "b", count: 16))-01")
            _ = try await bench.publisher.publish(source)
            try await bench.publish("a.b", "none", "two")
            try await bench.publish("other.b", "no")
            let given = EventID.generate()
            let transformer = try transformer(bench) { delivery in
                switch delivery.event.description {
                case "none": []
                case "two":
                    [
                        Event(topic: "made.of", dependsOn: given, description: "x"),
                        Event(topic: "new.stream", description: "y"),
                    ]
                default: [Event(topic: "made.of", description: "of \(delivery.event.description)")]
                }
            }
            try await transformer.start()
            try await bench.caughtUp("t")
            await transformer.stop()
            let made = try await bench.events("made.of")
            let first = try #require(made.first { $0.description == "of 1" })
            #expect(first.dependsOn == source.id)
            #expect(first.traceparent == source.traceparent)
            #expect(made.first { $0.description == "x" }?.dependsOn == given)
            #expect(made.count == 2)
            #expect(try await bench.events("new.stream").count == 1)
        }
    }

    @Test func `wherever a process dies, nothing is lost and nothing is made twice`() async throws {
        let clock = ManualClock()
        let store = MemoryStore(timers: clock) { .now }
        let wanted = (0..<40).map { "\($0)" }
        var round = 0
        var isOver = false
        while !isOver {
            round += 1
            // The first transaction survives; the death comes with the second, and with the first from the third process on.
            let (log, died, dies, transactions) = (MemoryLog(store: store), Watched(), round <= 6, Counter())
            let moment = round.isMultiple(of: 2) ? InterruptedLog.Moment.beforeCommit : .afterCommit
            let deadly = round <= 2 ? 2 : 1
            let interrupted = InterruptedLog(log) { at in
                guard dies, at == moment, transactions.next() == deadly else { return }
                store.crash(log)
                died.fire()
                throw LogError.closed
            }
            isOver = !dies
            try await RegistrationBench.run(interrupted) { [round] bench in
                if round == 1 { try await bench.registrations.create(try registration(), from: .earliest) }
                if round <= 4 {
                    try await bench.publish("a.b", Array(wanted[(round - 1) * 10..<round * 10]))
                }
                let transformer = try transformer(bench)
                try await transformer.start()
                if dies { try await died.fired() } else { try await bench.caughtUp("t") }
                await transformer.stop()
                guard !dies else { return }
                let made = try await bench.events("made.of")
                #expect(made.map(\.description).sorted() == wanted.map { "of \($0)" }.sorted())
                #expect(Set(made.map(\.dependsOn)).count == wanted.count)
            }
            // What it left behind runs out of time.
            clock.advance(by: .seconds(11))
        }
        #expect(round == 7)
    }

    @Test func `a write that fails, or whose outcome nobody hears, leaves no trace in what is remembered`() async throws
    {
        let (before, after) = (Counter(), Counter())
        let log = InterruptedLog(MemoryLog(store: MemoryStore { .now })) { moment in
            switch moment {
            case .beforeCommit: if before.next() == 2 { throw LogError.unavailable("no") }
            case .afterCommit: if after.next() == 3 { throw LogError.outcomeUnknown("no answer") }
            }
        }
        try await RegistrationBench.run(log) { bench in
            let transformer = EventTransformer(
                try registration(), from: .earliest, of: bench.registrations, lookBack: .seconds(3600), logger: .silent
            ) { _ in Counting() }
            try await transformer.start()
            for turn in 0..<8 {
                try await bench.publish("a.b", "\(turn)", "\(turn)", key: "k")
                try await bench.caughtUp("t")
            }
            await transformer.stop()
            let made = try await bench.events("made.of").map(\.description)
            #expect(made == (1...16).map { "\($0)" })
        }
    }

    @Test func `members share the partitions, and what is remembered goes with them`() async throws {
        try await RegistrationBench.run { bench in
            let registration = try registration()
            func member() -> EventTransformer {
                EventTransformer(
                    registration, from: .earliest, of: bench.registrations, lookBack: .seconds(3600), logger: .silent
                ) { _ in Counting() }
            }
            let (first, second) = (member(), member())
            try await first.start()
            for turn in 0..<6 {
                for key in ["x", "y", "z", "u", "v"] { try await bench.publish("a.b", "\(turn)", key: key) }
                try await bench.caughtUp("t")
                if turn == 1 { try await second.start() }
                if turn == 3 { await first.stop() }
                if turn == 4 { try await first.start() }
            }
            try await bench.caughtUp("t")
            await first.stop()
            await second.stop()
            let made = try await bench.events("made.of")
            #expect(made.count == 30)
            // Of each partition's counts there is each once.
            let counts = Dictionary(grouping: made) {
                Partitioner.partition(of: Array(($0.orderingKey ?? "").utf8), partitions: 3)
            }
            for made in counts.values {
                #expect(made.compactMap { Int($0.description) }.sorted() == Array(1...made.count))
            }
        }
    }

    @Test func `a delivery that fails is tried again, then a dead letter, and may be redriven once`() async throws {
        try await RegistrationBench.run { bench in
            let (tries, isMended) = (Counter(), Watched())
            let transformer = try transformer(bench) { delivery in
                if delivery.event.description == "late", tries.next() < 3 { throw Refusal() }
                if delivery.event.description == "bad", !isMended.value { throw Refusal() }
                if delivery.event.description == "hash" { return [Event(topic: "made.of", hash: "h")] }
                return [Event(topic: "made.of", description: delivery.event.description)]
            }
            try await bench.publish("a.b", "1", "late", "bad", "hash", "2", key: "k")
            try await transformer.start()
            try await bench.caughtUp("t")
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "t")
            #expect(letters.map(\.attempts) == [3, 1])
            #expect(letters.map(\.error.description).first == "Refusal()")
            #expect(letters.last?.error.contains("has a hash") == true)
            #expect(try await bench.events("made.of").map(\.description).sorted() == ["1", "2", "late"])
            isMended.fire()
            let moved = try await bench.registrations.redrive("t", limit: 1)
            #expect(moved.count == 1)
            let id = try bench.registrations.get("t").id
            try await bench.registrations.retries.caughtUp()
            while bench.registrations.retries.count(of: id) > 0 { try await Task.sleep(for: .milliseconds(5)) }
            await transformer.stop()
            #expect(try await bench.events("made.of").map(\.description).sorted() == ["1", "2", "bad", "late"])
            #expect(bench.registrations.deadLetters.count(of: id) == 1)
        }
    }

    @Test func `a paused transformer waits, and its service ends with its registration`() async throws {
        try await RegistrationBench.run { bench in
            let transformer = try transformer(bench)
            let service = Task { try await transformer.run() }
            try await bench.publish("a.b", "1")
            while bench.registrations.find("t") == nil { await Task.yield() }
            try await bench.caughtUp("t")
            try await bench.registrations.pause("t")
            // Once it has left the group, which then takes positions from outside.
            let group = try bench.registrations.get("t").group(prefix: bench.catalog.layout.prefix)
            while true {
                do {
                    try await bench.log.setCommittedPositions(group: group, to: [:])
                    break
                } catch LogError.groupActive {
                    await Task.yield()
                }
            }
            let notes = Notes()
            let other = EventConsumer(Registration(name: "other"), of: bench.registrations, logger: .silent) {
                notes.add($0.event.description)
            }
            try await other.start()
            try await bench.publish("a.b", "2")
            try await notes.has("2")
            await other.stop()
            #expect(try await bench.events("made.of").count == 1)
            try await bench.registrations.resume("t")
            try await bench.caughtUp("t")
            #expect(try await bench.events("made.of").count == 2)
            try await bench.registrations.delete("t")
            try await service.value
        }
    }

    // MARK: - A sliding window

    @Test func `so many events of a key within a window raise one event, however often it is started anew`()
        async throws
    {
        let clock = ManualClock()
        let start = clock.timestamp
        try await RegistrationBench.run(MemoryLog(store: MemoryStore { clock.timestamp })) { bench in
            let threshold = SlidingThreshold(limit: 3, window: .seconds(60))
            // When each key fails, in seconds, and at which of these moments it is to be raised.
            let failures = ["ann": [0, 20, 40, 50, 130, 140, 150, 155, 300], "bob": [0, 61, 122, 180, 181]]
            let raised = ["ann": [40, 150], "bob": [181]]
            let moments = failures.flatMap { key, times in times.map { (time: $0, key: key) } }.sorted {
                $0.time < $1.time
            }
            for (time, key) in moments {
                clock.advance(by: .seconds(time) - start.duration(to: clock.timestamp))
                let transformer = EventTransformer(
                    try registration(), from: .earliest, of: bench.registrations, lookBack: threshold.lookBack,
                    logger: .silent
                ) { _ in threshold }
                try await transformer.start()
                try await bench.publish("a.b", "\(time)", key: key)
                try await bench.caughtUp("t")
                await transformer.stop()
            }
            let sources = try await bench.events("a.b")
            let made = try await bench.events("login.attempts_exceeded")
            for (key, times) in raised {
                let of = made.filter { $0.description == key }.map { event in
                    sources.first { $0.id == event.dependsOn }?.description
                }
                #expect(of == times.map { "\($0)" }, "\(key)")
            }
        }
    }

    @Test func `it stops although nobody follows what was put aside`() async throws {
        try await RegistrationBench.run { bench in
            let log = InterruptedLog(bench.log)
            let catalog = try await StreamCatalog.open(log: log, layout: bench.catalog.layout, logger: .silent)
            let transformer = EventTransformer(
                try registration(), from: .earliest, of: Registrations(catalog, logger: .silent), logger: .silent
            ) { _ in [] }
            let following = Task { try await catalog.follow() }
            try await transformer.start()
            // It has joined and waits for what it is never told.
            while !log.groupCalls.all.contains(where: { $0.hasPrefix("join ") }) { await Task.yield() }
            try await Task.sleep(for: .milliseconds(50))
            await transformer.stop()
            following.cancel()
            _ = try? await following.value
        }
    }
}
