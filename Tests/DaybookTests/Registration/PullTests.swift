import DaybookTesting
import Synchronization
import Testing

@testable import Daybook

/// Deliveries that clients fetch.
@Suite(.timeLimit(.minutes(1))) struct PullTests {
    /// Runs the body with a host and a registration to pull from.
    private func pulling(
        _ policy: FailurePolicy = RegistrationBench.quick,
        _ body: @escaping @Sendable (RegistrationBench, RegistrationHost) async throws -> Void
    ) async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r", delivery: .pull, policy: policy))
            try await withHost(bench) { host in try await body(bench, host) }
        }
    }

    private func withHost(
        _ bench: RegistrationBench, _ body: @escaping @Sendable (RegistrationHost) async throws -> Void
    ) async throws {
        let host = RegistrationHost(bench.registrations, options: .quick, logger: .silent) { _ in nil }
        let task = Task { try await host.run() }
        do {
            try await body(host)
        } catch {
            task.cancel()
            _ = try? await task.value
            throw error
        }
        task.cancel()
        try await task.value
    }

    private func descriptions(_ leased: [PullQueue.Leased]) -> [String] { leased.map(\.delivery.event.description) }

    @Test func `what is acknowledged is settled, of one key one at a time`() async throws {
        try await pulling { bench, host in
            try await bench.publish("a.b", "1", "2", key: "k")
            let first = try await host.pull("r", maximum: 10, wait: .seconds(30))
            #expect(descriptions(first) == ["1"])
            let none = try await host.pull("r", maximum: 10, wait: .zero)
            #expect(none.isEmpty)
            #expect(try host.answer("r", first.map(\.token), .handled).isEmpty)
            let second = try await host.pull("r", maximum: 10, wait: .seconds(30))
            #expect(descriptions(second) == ["2"])
            #expect(try host.answer("r", second.map(\.token), .handled).isEmpty)
            try await bench.caughtUp("r")
            // Its lease is over.
            #expect(try host.answer("r", second.map(\.token), .handled) == second.map(\.token))
        }
    }

    @Test func `many keys come at once`() async throws {
        try await pulling { bench, host in
            try await bench.publish("a.b", (0..<100).map { "\($0)" })
            var got: Set<String> = []
            while got.count < 100 {
                let leased = try await host.pull("r", maximum: 60, wait: .seconds(30))
                #expect(leased.count <= 60)
                got.formUnion(descriptions(leased))
                #expect(try host.answer("r", leased.map(\.token), .handled).isEmpty)
            }
            try await bench.caughtUp("r")
        }
    }

    @Test func `what is not acknowledged in time comes again, as the next attempt`() async throws {
        try await pulling { bench, host in
            try await bench.publish("a.b", "1")
            let first = try await host.pull("r", maximum: 1, wait: .seconds(30), lease: .milliseconds(20))
            let again = try await host.pull("r", maximum: 1, wait: .seconds(30))
            #expect(descriptions(again) == ["1"])
            #expect(again.first?.delivery.attempt == 2)
            #expect(try host.answer("r", first.map(\.token), .handled) == first.map(\.token))
            #expect(try host.answer("r", again.map(\.token), .handled).isEmpty)
            try await bench.caughtUp("r")
        }
    }

    @Test func `what is refused goes to dead letters, and what failed comes again`() async throws {
        try await pulling { bench, host in
            try await bench.publish("a.b", "1")
            let first = try await host.pull("r", maximum: 1, wait: .seconds(30))
            #expect(try host.answer("r", first.map(\.token), .failed("not now", after: nil)).isEmpty)
            let second = try await host.pull("r", maximum: 1, wait: .seconds(30))
            #expect(second.first?.delivery.attempt == 2)
            #expect(try host.answer("r", second.map(\.token), .refused("never")).isEmpty)
            try await bench.caughtUp("r")
            while try await bench.registrations.letters(of: "r").isEmpty { await Task.yield() }
            let letters = try await bench.registrations.letters(of: "r")
            #expect(letters.map(\.error) == ["never"])
        }
    }

    @Test func `another server has what one that ends left, without waiting for leases`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(
                Registration(name: "r", delivery: .pull, policy: RegistrationBench.quick))
            try await bench.publish("a.b", (0..<20).map { "\($0)" })
            let handled = Mutex(Set<String>())
            try await withHost(bench) { host in
                let leased = try await host.pull("r", maximum: 5, wait: .seconds(30))
                _ = try host.answer("r", leased.map(\.token), .handled)
                handled.withLock { $0.formUnion(descriptions(leased)) }
                _ = try await host.pull("r", maximum: 1, wait: .seconds(30), lease: .milliseconds(50))
            }
            try await withHost(bench) { host in
                while handled.withLock(\.count) < 20 {
                    let leased = try await host.pull("r", maximum: 50, wait: .seconds(30))
                    _ = try host.answer("r", leased.map(\.token), .handled)
                    handled.withLock { $0.formUnion(descriptions(leased)) }
                }
                try await bench.caughtUp("r")
            }
        }
    }

    @Test func `what was acknowledged does not come again behind what waits in the retries`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(
                Registration(name: "r", delivery: .pull, policy: RegistrationBench.quick))
            func partition(_ key: String) -> Int32 { Partitioner.partition(of: Array(key.utf8), partitions: 3) }
            let other = try #require((0..<100).map { "other-\($0)" }.first { partition($0) == partition("k") })
            try await bench.publish("a.b", "held", key: other)
            try await bench.publish("a.b", "1", "2", key: "k")
            let registration = try bench.registrations.get("r")
            try await withHost(bench) { host in
                // Somebody holds the position back.
                let held = try await host.pull("r", maximum: 1, wait: .seconds(30))
                #expect(descriptions(held) == ["held"])
                let first = try await host.pull("r", maximum: 1, wait: .seconds(30))
                #expect(try host.answer("r", first.map(\.token), .handled).isEmpty)
                let second = try await host.pull("r", maximum: 1, wait: .seconds(30))
                #expect(descriptions(second) == ["2"])
                #expect(try host.answer("r", second.map(\.token), .failed("later", after: .milliseconds(100))).isEmpty)
                while bench.registrations.retries.count(of: registration.id) == 0 { await Task.yield() }
            }
            let lag = try await bench.registrations.lag(of: "r").reduce(0) { $0 + $1.records }
            #expect(lag == 3)
            let got = Mutex<[String]>([])
            try await withHost(bench) { host in
                while bench.registrations.retries.count(of: registration.id) > 0 {
                    let leased = try await host.pull("r", maximum: 10, wait: .milliseconds(50))
                    got.withLock { $0 += descriptions(leased) }
                    #expect(try host.answer("r", leased.map(\.token), .handled).isEmpty)
                }
                try await bench.caughtUp("r")
            }
            #expect(got.withLock { $0.sorted() } == ["2", "held"])
        }
    }

    @Test func `only what is meant for it can be pulled from`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r"))
            try await withHost(bench) { host in
                await #expect(throws: RegistrationError.self) { try await host.pull("r", maximum: 1, wait: .zero) }
                await #expect(throws: RegistrationError.unknown("x")) {
                    try await host.pull("x", maximum: 1, wait: .zero)
                }
            }
        }
    }

    @Test func `a reset waits for the leases that clients have, and all comes again from there`() async throws {
        var policy = RegistrationBench.quick
        // What a lease ends for stays in its place, and is not put aside.
        policy.settleWithin = .seconds(60)
        try await pulling(policy) { bench, host in
            try await bench.publish("a.b", "1", "2", key: "k")
            let first = try await host.pull("r", maximum: 10, wait: .seconds(30))
            #expect(try host.answer("r", first.map(\.token), .handled).isEmpty)
            let held = try await host.pull("r", maximum: 10, wait: .seconds(30), lease: .milliseconds(300))
            #expect(descriptions(held) == ["2"])
            let moves = try await bench.registrations.reset("r", to: .earliest)
            #expect(moves.count == 1)
            #expect(try host.answer("r", held.map(\.token), .handled) == held.map(\.token), "its lease is over")
            var again: [String] = []
            while again.count < 2 {
                let leased = try await host.pull("r", maximum: 10, wait: .seconds(30))
                again += descriptions(leased)
                #expect(try host.answer("r", leased.map(\.token), .handled).isEmpty)
            }
            #expect(again == ["1", "2"])
        }
    }
}
