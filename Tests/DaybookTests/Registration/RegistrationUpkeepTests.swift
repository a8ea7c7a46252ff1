import DaybookTesting
import LosslessJSON
import Synchronization
import Testing

@testable import Daybook

/// What keeps registrations alive, bounded, and their handlers the right ones.
@Suite(.timeLimit(.minutes(1))) struct RegistrationUpkeepTests {
    @Test
    func `a handler that withdraws although nobody asked is asked again after a pause, and no attempt is counted`()
        async throws
    {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.initialDelay = .milliseconds(40)
            policy.maximumDelay = .milliseconds(40)
            policy.jitter = 0
            try await bench.registrations.create(Registration(name: "r", policy: policy))
            let calls = Mutex<[ContinuousClock.Instant]>([])
            let handler = NotingHandler { _ in
                let count = calls.withLock { calls in
                    calls.append(.now)
                    return calls.count
                }
                if count <= 5 { throw HandlerFailure.withdrawn }
            }
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "1", key: "k")
                await handler.handled(1)
            }
            let times = calls.withLock { $0 }
            #expect(times.count == 6)
            for (one, next) in zip(times, times.dropFirst()) { #expect(one.duration(to: next) >= .milliseconds(40)) }
            #expect(handler.deliveries.map(\.attempt) == [1])
        }
    }

    @Test func `positions of a paused registration are kept, those of one at work are its members'`() async throws {
        let log = InterruptedLog(MemoryLog(store: MemoryStore { .now }))
        try await RegistrationBench.run(log) { bench in
            let paused = try await bench.registrations.create(Registration(name: "paused", delivery: .handler))
            let busy = try await bench.registrations.create(Registration(name: "busy", delivery: .handler))
            let handler = NotingHandler()
            let host = RegistrationHost(
                bench.registrations, options: .quick, keepInterval: .milliseconds(20), logger: .silent
            ) { _ in handler }
            let work = Task { try await host.run() }
            try await bench.publish("a.b", "1")
            await handler.handled(2)
            try await bench.caughtUp("paused")
            try await bench.registrations.pause("paused")
            let positions = try await bench.registrations.lag(of: "paused").map(\.position)
            func count(_ call: String, _ registration: Registration) -> Int {
                log.groupCalls.all.count { $0 == "\(call) \(registration.group(prefix: "daybook"))" }
            }
            let (sets, joins) = (count("set", paused), count("join", paused))
            while count("set", paused) < sets + 3 || count("join", paused) < joins + 3 {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await bench.registrations.lag(of: "paused").map(\.position) == positions)
            #expect(count("set", busy) <= 1 && count("join", busy) <= 1, "\(log.groupCalls.all)")
            work.cancel()
            try await work.value
        }
    }

    @Test func `there are no more registrations than there may be`() async throws {
        try await RegistrationBench.run { bench in
            let few = Registrations(bench.catalog, maximum: 2, logger: .silent)
            try await few.create(Registration(name: "a"))
            try await few.create(Registration(name: "b"))
            await #expect(throws: RegistrationError.tooMany(2)) { try await few.create(Registration(name: "c")) }
            // What is there already is no new one.
            try await few.create(Registration(name: "a"))
            try await few.delete("a")
            try await few.create(Registration(name: "c"))
        }
    }

    @Test func `changed settings have another handler take over where the first one ended`() async throws {
        try await RegistrationBench.run { bench in
            let made = Notes()
            let handlers = Mutex<[String: NotingHandler]>([:])
            let host = RegistrationHost(bench.registrations, options: .quick, logger: .silent) { registration in
                let handler = NotingHandler()
                handlers.withLock { $0[registration.settings.description] = handler }
                made.add(registration.settings.description)
                return handler
            }
            let work = Task { try await host.run() }
            var registration = Registration(name: "r", delivery: .handler, policy: RegistrationBench.quick)
            registration.settings = try JSONText(#"{"to":"a"}"#)
            try await bench.registrations.create(registration)
            try await made.reached(1)
            try await bench.publish("a.b", "1", key: "k")
            await handlers.withLock { $0[#"{"to":"a"}"#] }?.handled(1)
            try await bench.caughtUp("r")
            var change = RegistrationInput()
            change.settings = try JSONText(#"{"to":"b"}"#)
            try await bench.registrations.change("r", change)
            try await made.reached(2)
            try await bench.publish("a.b", "2", key: "k")
            await handlers.withLock { $0[#"{"to":"b"}"#] }?.handled(1)
            #expect(made.all == [#"{"to":"a"}"#, #"{"to":"b"}"#])
            #expect(handlers.withLock { $0[#"{"to":"a"}"#]?.descriptions } == ["1"])
            #expect(handlers.withLock { $0[#"{"to":"b"}"#]?.descriptions } == ["2"])
            work.cancel()
            try await work.value
        }
    }
}
