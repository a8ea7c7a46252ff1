import DaybookTesting
import LosslessJSON
import Synchronization
import Testing

@testable import Daybook

/// What registrations do when the log, or a handler, does not do its part.
@Suite(.timeLimit(.minutes(1))) struct DeliveryFaultTests {
    private struct Refusal: Error {}

    @Test(arguments: [LogError.unavailable("away"), .outcomeUnknown("lost"), .fenced, .full("no space")])
    func `while a dead letter cannot be written the position stays, and then it is written`(
        _ error: LogError
    ) async throws {
        let log = StumblingLog(MemoryLog(store: MemoryStore { .now }))
        try await RegistrationBench.run(log) { bench in
            var policy = RegistrationBench.quick
            policy.maximumAttempts = 1
            try await bench.registrations.create(
                Registration(name: "r", filter: try Filter("topic = a.b"), policy: policy))
            let hold = log.holdNextTransaction()
            log.failNextTransaction(error)
            let handler = NotingHandler { delivery in
                if delivery.event.description == "poison" { throw Refusal() }
            }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "poison", "good", key: "k")
                await hold.reached()
                await handler.handled(1)
                let lag = try await bench.registrations.lag(of: "r").reduce(0) { $0 + $1.records }
                #expect(lag == 2)
                hold.letGo()
                try await bench.caughtUp("r")
                while try await bench.registrations.letters(of: "r").isEmpty { await Task.yield() }
            }
            let letters = try await bench.registrations.letters(of: "r")
            #expect(letters.count == 1)
            #expect(handler.descriptions == ["good"])
        }
    }

    /// As on Kafka, where a transaction that was begun earlier, or markers that are not there yet, hide what is committed.
    @Test func `what is committed and cannot be read yet is not taken for gone`() async throws {
        let log = MemoryLog(store: MemoryStore { .now })
        try await RegistrationBench.run(log) { bench in
            try await bench.registrations.create(Registration(name: "r", policy: RegistrationBench.quick))
            let failures = Mutex(1)
            let handler = NotingHandler { delivery in
                guard delivery.event.description == "first" else { return }
                if failures.withLock({ left in
                    left -= 1
                    return left == 0
                }) {
                    throw Refusal()
                }
            }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "before")
                await handler.handled(1)
                let (opened, opening) = AsyncStream.makeStream(of: Void.self)
                let (over, ending) = AsyncStream.makeStream(of: Void.self)
                let other = try await log.transactionalWriter(id: "other")
                let retries = bench.catalog.layout.retries
                async let transaction: Void = other.transaction { transaction in
                    _ = try await transaction.append(
                        retries.allPartitions.map { NewRecord($0, ParkedDelivery.end(.generate(), Position($0, 1))) })
                    opening.yield()
                    for await _ in over { break }
                }
                for await _ in opened { break }
                try await bench.publish("a.b", "first", "second", key: "k")
                // Both are put aside.
                try await bench.caughtUp("r")
                for _ in 0..<1000 { await Task.yield() }
                #expect(handler.descriptions == ["before"])
                ending.yield()
                try await transaction
                await handler.handled(3)
                #expect(handler.descriptions == ["before", "first", "second"])
            }
        }
    }

    @Test func `a commit that takes long does not take back what was committed with a dead letter`() async throws {
        let log = StumblingLog(MemoryLog(store: MemoryStore { .now }))
        try await RegistrationBench.run(log) { bench in
            var policy = RegistrationBench.quick
            policy.maximumAttempts = 1
            try await bench.registrations.create(
                Registration(name: "r", filter: try Filter("topic = a.b"), policy: policy))
            let hold = log.holdNextCommit()
            let handler = NotingHandler { delivery in
                guard delivery.event.description == "poison" else { return }
                // What comes before it is being committed.
                await hold.reached()
                throw Refusal()
            }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "good", "poison", key: "k")
                await handler.handled(1)
                // The dead letter has its chance to be written meanwhile; that it has to wait shows nowhere.
                let deadline = ContinuousClock.now.advanced(by: .milliseconds(300))
                while try await bench.registrations.letters(of: "r").isEmpty, .now < deadline { await Task.yield() }
                let before = try await bench.registrations.lag(of: "r").reduce(0) { $0 + $1.position }
                hold.letGo()
                try await bench.caughtUp("r")
                #expect(before == 0)
            }
        }
    }

    @Test func `others hear of a dead letter, and who cannot take that news makes no more of it`() async throws {
        try await RegistrationBench.run(tellsNews: true) { bench in
            var policy = RegistrationBench.quick
            policy.maximumAttempts = 1
            try await bench.registrations.create(Registration(name: "r", policy: policy))
            try await bench.registrations.create(
                Registration(name: "news", filter: try Filter("topic = dead_letter.created")))
            let news = NotingHandler()
            let failing = NotingHandler { _ in throw Refusal() }
            try await bench.withMember("r", failing) { _ in
                try await bench.withMember("news", news) { _ in
                    try await bench.publish("a.b", "1")
                    await news.handled(1)
                    // The news itself was given up, too, by the one that takes nothing.
                    while try await bench.registrations.letters(of: "r").count < 2 { await Task.yield() }
                    try await bench.caughtUp("r")
                }
            }
            let summary = try #require(news.deliveries.first?.event.summary.members)
            #expect(summary["registration"]?.stringValue == "r")
            #expect(summary["error"]?.stringValue == "Refusal()")
            #expect(summary["topic"]?.stringValue == "a.b")
            #expect(news.descriptions.count == 1)
        }
    }

    @Test func `a registration that makes no progress says so once`() async throws {
        try await RegistrationBench.run(tellsNews: true) { bench in
            try await bench.registrations.create(
                Registration(name: "r", filter: try Filter("topic = a.b"), policy: RegistrationBench.quick))
            try await bench.registrations.create(
                Registration(name: "news", filter: try Filter("topic = registration.stalled")))
            let news = NotingHandler()
            let down = NotingHandler { _ in throw HandlerFailure.unavailable("connection refused", after: .seconds(60))
            }
            var options = DeliveryEngine.Options.quick
            options.stallLimit = .milliseconds(400)
            let chosen = options
            try await bench.withMember("news", news) { _ in
                try await bench.withMember("r", down, chosen) { _ in
                    try await bench.publish("a.b", "1")
                    await news.handled(1)
                    try await Task.sleep(for: .milliseconds(150))
                }
            }
            #expect(news.descriptions.count == 1)
            let summary = try #require(news.deliveries.first?.event.summary.members)
            #expect(summary["reason"]?.stringValue == "connection refused")
            #expect(summary["records"]?.int64Value == 1)
        }
    }

    @Test func `a batch that is not full waits for more, but not for ever`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r", policy: RegistrationBench.quick))
            let handler = LingeringHandler()
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "1", key: "k")
                try await bench.publish("a.b", "2", key: "k")
                await handler.noting.handled(2)
                // A full one does not wait.
                try await bench.publish("a.b", (0..<10).map { "more \($0)" })
                await handler.noting.handled(12)
            }
            #expect(handler.noting.calls.first == ["1", "2"])
        }
    }

    private final class LingeringHandler: EventHandler {
        let noting = NotingHandler(batchSize: 10)
        var batchSize: Int { 10 }
        var linger: Duration { .milliseconds(200) }
        func handle(_ deliveries: [Delivery]) async throws { try await noting.handle(deliveries) }
    }

    @Test func `a replay goes through the handler and leaves the position alone`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(
                Registration(name: "r", filter: try Filter("topic = a.b"), policy: RegistrationBench.quick))
            try await bench.publish("a.b", "1", "2", "bad", "3", key: "k")
            try await bench.publish("other.b", "no")
            let before = try await bench.registrations.lag(of: "r")
            let handler = NotingHandler { delivery in
                if delivery.event.description == "bad" { throw Refusal() }
            }
            let outcome = try await bench.registrations.replay("r", Replay.Request(), through: handler)
            #expect(handler.descriptions == ["1", "2", "3"])
            #expect(outcome.read == 5)
            #expect(outcome.delivered == 3)
            #expect(outcome.failed == 1)
            #expect(outcome.failures.map(\.reason) == ["Refusal()"])
            let after = try await bench.registrations.lag(of: "r")
            #expect(after == before)
        }
    }
}
