import DaybookTesting
import Synchronization
import Testing

@testable import Daybook

/// What becomes of the records that a registration gets, whatever its handler does.
@Suite(.timeLimit(.minutes(1))) struct DeliveryTests {
    private struct Refusal: Error {}

    @Test func `what matches is delivered in order, and the position follows`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(
                Registration(name: "r", filter: try Filter("topic = a.*"), policy: RegistrationBench.quick))
            let handler = NotingHandler()
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "1", "2", "3", key: "k")
                try await bench.publish("other.b", "no")
                try await bench.publish("a.c", "4", key: "k")
                await handler.handled(4)
                try await bench.caughtUp("r")
            }
            #expect(handler.descriptions == ["1", "2", "3", "4"])
            // The next member goes on where this one ended.
            let next = NotingHandler()
            try await bench.withMember("r", next) { _ in
                try await bench.publish("a.b", "5", key: "k")
                await next.handled(1)
            }
            #expect(next.descriptions == ["5"])
        }
    }

    @Test func `a poisoned event ends in dead letters and holds back its own key only`() async throws {
        try await RegistrationBench.run { bench in
            let registration = try await bench.registrations.create(
                Registration(name: "r", policy: RegistrationBench.quick))
            let handler = NotingHandler { delivery in
                if delivery.event.description == "poison" { throw Refusal() }
            }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "before", "poison", "after", "later", key: "k")
                try await bench.publish("a.b", (0..<20).map { "other \($0)" })
                await handler.handled(23)
                try await bench.caughtUp("r")
            }
            let ofKey = handler.descriptions.filter { !$0.hasPrefix("other") }
            #expect(ofKey == ["before", "after", "later"])
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "r")
            let letter = try #require(letters.first)
            #expect(letters.count == 1)
            #expect(letter.attempts == 3)
            #expect(letter.error == "Refusal()")
            #expect(letter.firstFailure != nil && letter.lastFailure != nil)
            #expect(try RecordDecoder.decode(letter.record).event.description == "poison")
            try await bench.registrations.retries.caughtUp()
            #expect(bench.registrations.retries.count(of: registration.id) == 0)
        }
    }

    @Test func `what is read behind a lane that was parked does not all go to the retries`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(
                Registration(name: "r", policy: RegistrationBench.quick), from: .earliest)
            let (again, cameAgain) = AsyncStream.makeStream(of: Void.self)
            let (gate, openGate) = AsyncStream.makeStream(of: Void.self)
            let handler = NotingHandler { delivery in
                guard delivery.event.description == "0" else { return }
                if delivery.attempt < 2 { throw Refusal() }
                cameAgain.finish()
                for await _ in gate {}
            }
            var options = DeliveryEngine.Options.quick
            (options.readSize, options.maximumReadyParked) = (10, 10)
            let descriptions = (0..<300).map { "\($0)" }
            let parked = try await bench.withMember("r", handler, options) { member in
                try await bench.publish("a.b", ["0"], key: "k")
                for await _ in again {}
                // The lane waits for nothing but its handler now.
                try await bench.publish("a.b", Array(descriptions[1...]), key: "k")
                while await member.statistics?.parked ?? 0 < 10 { try await Task.sleep(for: .milliseconds(5)) }
                openGate.finish()
                await handler.handled(300)
                return await member.statistics?.parked
            }
            #expect(handler.descriptions == descriptions)
            #expect((10...40).contains(parked ?? 0), "\(parked ?? 0) of 300 were parked")
        }
    }

    @Test func `reading goes on when those in the retries wait for their time`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(
                Registration(name: "r", policy: RegistrationBench.quick), from: .earliest)
            let (again, cameAgain) = AsyncStream.makeStream(of: Void.self)
            let (gate, openGate) = AsyncStream.makeStream(of: Void.self)
            let handler = NotingHandler { delivery in
                guard delivery.event.orderingKey == "k" else { return }
                if delivery.attempt < 2 { throw Refusal() }
                cameAgain.finish()
                for await _ in gate {}
                throw HandlerFailure.retriable("not today", after: .seconds(3600))
            }
            var options = DeliveryEngine.Options.quick
            (options.readSize, options.maximumReadyParked, options.restLimit) = (10, 10, .seconds(3600))
            try await bench.withMember("r", handler, options) { member in
                try await bench.publish("a.b", ["0"], key: "k")
                for await _ in again {}
                try await bench.publish("a.b", (1..<100).map { "\($0)" }, key: "k")
                while await member.statistics?.parked ?? 0 < 10 { try await Task.sleep(for: .milliseconds(5)) }
                openGate.finish()
                try await bench.publish("a.b", "other", key: "j")
                await handler.handled(1)
            }
            #expect(handler.descriptions == ["other"])
        }
    }

    @Test func `what fails at first is handled later, and what follows of its key comes behind it`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r", policy: RegistrationBench.quick))
            let handler = NotingHandler { delivery in
                if delivery.event.description == "2", delivery.attempt < 3 { throw Refusal() }
            }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "1", "2", "3", "4", key: "k")
                await handler.handled(4)
                try await bench.caughtUp("r")
            }
            #expect(handler.descriptions == ["1", "2", "3", "4"])
            #expect(handler.deliveries[1].attempt == 3)
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "r")
            #expect(letters.isEmpty)
        }
    }

    @Test func `however many wait for their next attempt at once, none is forgotten`() async throws {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.maximumAttempts = 10
            policy.jitter = 1
            policy.maximumDelay = .milliseconds(40)
            policy.settleWithin = .seconds(50)
            try await bench.registrations.create(Registration(name: "r", policy: policy))
            let handler = NotingHandler { delivery in if delivery.attempt < 4 { throw Refusal() } }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", (0..<2000).map { "\($0)" })
                await handler.handled(2000)
                try await bench.caughtUp("r")
            }
            #expect(Set(handler.descriptions).count == 2000)
        }
    }

    @Test func `what was put aside is delivered by the next member, once its time has come`() async throws {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.initialDelay = .milliseconds(150)
            policy.maximumDelay = .milliseconds(150)
            let registration = try await bench.registrations.create(Registration(name: "r", policy: policy))
            let failing = NotingHandler { _ in throw Refusal() }
            try await bench.withMember("r", failing) { _ in
                try await bench.publish("a.b", "1", "2", "3", key: "k")
                while bench.registrations.retries.count(of: registration.id) < 3 { await Task.yield() }
                try await bench.caughtUp("r")
            }
            let next = NotingHandler()
            try await bench.withMember("r", next) { _ in
                try await bench.publish("a.b", "4", key: "k")
                await next.handled(4)
                try await bench.caughtUp("r")
            }
            #expect(next.descriptions == ["1", "2", "3", "4"])
            #expect(next.deliveries[0].attempt >= 2)
        }
    }

    @Test func `calls that take too long are cancelled, however many they are`() async throws {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.attemptTimeout = .milliseconds(100)
            policy.maximumAttempts = 1
            policy.concurrency = 64
            try await bench.registrations.create(Registration(name: "r", policy: policy))
            let handler = NotingHandler { delivery in
                if delivery.event.description != "good" { try await Task.sleep(for: .seconds(3600)) }
            }
            // More than may be left behind.
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", (0..<200).map { "slow \($0)" } + ["good"])
                await handler.handled(1)
                try await bench.caughtUp("r")
            }
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "r", limit: 1000)
            #expect(letters.count >= 200)
        }
    }

    @Test func `a call that does not end is given up, and others go on`() async throws {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.attemptTimeout = .milliseconds(30)
            policy.maximumAttempts = 2
            try await bench.registrations.create(Registration(name: "r", policy: policy))
            let handler = NotingHandler { delivery in
                // Not even its cancellation ends it.
                if delivery.event.description == "hang" {
                    await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                }
            }
            try await bench.withMember("r", handler) { member in
                try await bench.publish("a.b", "hang", "behind", key: "k")
                try await bench.publish("a.b", "other")
                await handler.handled(2)
                try await bench.caughtUp("r")
                let statistics = await member.statistics
                #expect(statistics?.timedOut == 2)
            }
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "r")
            #expect(letters.count == 1)
            #expect(letters.first?.error.contains("was not handled within") == true)
        }
    }

    @Test func `what cannot be cured goes to dead letters at once`() async throws {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.initialDelay = .seconds(60)
            policy.maximumDelay = .seconds(60)
            try await bench.registrations.create(Registration(name: "r", policy: policy))
            let handler = NotingHandler { delivery in
                if delivery.event.description == "bad" { throw HandlerFailure.permanent("no such address") }
            }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "bad", "good", key: "k")
                await handler.handled(1)
                try await bench.caughtUp("r")
            }
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "r")
            #expect(letters.map(\.error) == ["no such address"])
            #expect(letters.map(\.attempts) == [1])
        }
    }

    @Test func `while a dependency is down everything waits, and nothing is given up`() async throws {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.maximumAttempts = 1
            let registration = try await bench.registrations.create(Registration(name: "r", policy: policy))
            let tries = Mutex(0)
            let handler = NotingHandler { _ in
                let number = tries.withLock { count in
                    count += 1
                    return count
                }
                if number <= 2 { throw HandlerFailure.unavailable("connection refused") }
            }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", (0..<10).map { "\($0)" }, key: "k")
                await handler.handled(10)
                try await bench.caughtUp("r")
            }
            #expect(handler.descriptions == (0..<10).map { "\($0)" })
            #expect(handler.deliveries.allSatisfy { $0.attempt == 1 })
            try await bench.registrations.deadLetters.caughtUp()
            #expect(bench.registrations.deadLetters.count(of: registration.id) == 0)
        }
    }

    @Test func `a handler that is gone pauses its registration, which says why`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r", policy: RegistrationBench.quick))
            let handler = NotingHandler { _ in throw HandlerFailure.gone("410 Gone") }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "1")
                while bench.registrations.find("r")?.state != .paused(reason: "410 Gone") { await Task.yield() }
            }
            let lag = try await bench.registrations.lag(of: "r").reduce(0) { $0 + $1.records }
            #expect(lag == 1)
        }
    }

    @Test func `a batch that fails is delivered one by one, and one failure is one dead letter`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.publish("a.b", (0..<50).map { "\($0)" } + ["poison"] + (50..<100).map { "\($0)" })
            var policy = RegistrationBench.quick
            policy.concurrency = 1
            try await bench.registrations.create(Registration(name: "r", policy: policy), from: .earliest)
            let handler = NotingHandler(batchSize: 40) { delivery in
                if delivery.event.description == "poison" { throw Refusal() }
            }
            try await bench.withMember("r", handler) { _ in
                await handler.handled(100)
                try await bench.caughtUp("r")
                // It is given up after its position was passed.
                while try await bench.registrations.letters(of: "r").isEmpty { await Task.yield() }
            }
            #expect(Set(handler.descriptions) == Set((0..<100).map { "\($0)" }))
            #expect(handler.descriptions.count == 100)
            #expect(handler.calls.contains { $0.count > 1 })
            let letters = try await bench.registrations.letters(of: "r")
            #expect(letters.count == 1)
        }
    }

    @Test func `a dead letter that is redriven is delivered again`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r", policy: RegistrationBench.quick))
            let isMended = Atomic(false)
            let handler = NotingHandler { delivery in
                if delivery.event.description.hasPrefix("bad"), !isMended.load(ordering: .relaxed) { throw Refusal() }
            }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", ["bad 1", "bad 2", "good"])
                await handler.handled(1)
                try await bench.caughtUp("r")
                while try await bench.registrations.letters(of: "r").count < 2 { await Task.yield() }
                isMended.store(true, ordering: .relaxed)
                let count = try await bench.registrations.redrive("r").count
                #expect(count == 2)
                await handler.handled(3)
            }
            #expect(Set(handler.descriptions) == ["good", "bad 1", "bad 2"])
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "r")
            #expect(letters.isEmpty)
        }
    }

    @Test func `members share the work, and what one leaves the others do`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r", policy: RegistrationBench.quick))
            let handlers = [NotingHandler(), NotingHandler(), NotingHandler()]
            try await bench.withMember("r", handlers[0]) { _ in
                try await bench.withMember("r", handlers[1]) { _ in
                    try await bench.withMember("r", handlers[2]) { _ in
                        try await bench.publish("a.b", (0..<300).map { "\($0)" })
                        while handlers.allSatisfy({ $0.descriptions.isEmpty }) { await Task.yield() }
                    }
                    try await bench.publish("a.b", (300..<600).map { "\($0)" })
                }
                try await bench.publish("a.b", (600..<900).map { "\($0)" })
                try await bench.caughtUp("r")
            }
            let all = handlers.flatMap(\.descriptions)
            #expect(Set(all) == Set((0..<900).map { "\($0)" }))
        }
    }
}
