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
        _ bench: RegistrationBench, revokeTimeout: Duration = .milliseconds(200),
        _ body: @escaping @Sendable (RegistrationHost) async throws -> Void
    ) async throws {
        var options = DeliveryEngine.Options.quick
        options.revokeTimeout = revokeTimeout
        let host = RegistrationHost(bench.registrations, options: options, logger: .silent) { _ in nil }
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

    /// Takes so many, for longer than the test goes on.
    private func takeAll(_ count: Int, from host: RegistrationHost) async throws -> [PullQueue.Leased] {
        var held: [PullQueue.Leased] = []
        while held.count < count {
            held += try await host.pull("r", maximum: count, wait: .seconds(30), lease: .seconds(600))
        }
        return held
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

    @Test func `clients that come at once, before anybody did, have one queue`() async throws {
        try await RegistrationBench.run { bench in
            try await withHost(bench) { host in
                for round in 0..<50 {
                    let name = "r\(round)"
                    try await bench.registrations.create(
                        Registration(name: name, filter: try Filter("topic = a.\(round)"), delivery: .pull))
                    async let first = host.pull(name, maximum: 1, wait: .seconds(30))
                    async let second = host.pull(name, maximum: 1, wait: .seconds(30))
                    try await bench.publish("a.\(round)", "1", "2")
                    let leased = try await first + second
                    #expect(Set(descriptions(leased)) == ["1", "2"])
                    #expect(try host.answer(name, leased.map(\.token), .handled).isEmpty)
                }
            }
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

    @Test func `who answers for what another server has by now is told so`() async throws {
        try await pulling { bench, first in
            try await bench.publish("a.b", (0..<40).map { "\($0)" })
            let held = try await takeAll(40, from: first)
            try await withHost(bench) { second in
                let moved = try await second.pull("r", maximum: 40, wait: .seconds(30))
                #expect(!moved.isEmpty)
                let late = try first.answer("r", held.map(\.token), .handled)
                let lost = Set(held.filter { late.contains($0.token) }.map(\.delivery.event.description))
                #expect(lost.isSuperset(of: descriptions(moved)))
                #expect(lost.count < 40)
                _ = try second.answer("r", moved.map(\.token), .handled)
                var rest = lost.subtracting(descriptions(moved))
                while !rest.isEmpty {
                    let more = try await second.pull("r", maximum: 40, wait: .seconds(30))
                    rest.subtract(descriptions(more))
                    _ = try second.answer("r", more.map(\.token), .handled)
                }
                try await bench.caughtUp("r")
            }
        }
    }

    @Test func `of what is about to go to another server nothing is begun`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(
                Registration(name: "r", delivery: .pull, policy: RegistrationBench.quick))
            try await bench.publish("a.b", (0..<40).map { "\($0)" })
            try await withHost(bench, revokeTimeout: .seconds(3)) { first in
                let held = try await takeAll(40, from: first)
                // They go to the retries, whose time comes while the partitions that go are waited for.
                let failed = held.prefix(30).map(\.token)
                #expect(try first.answer("r", failed, .failed("not now", after: .milliseconds(1500))).isEmpty)
                try await withHost(bench) { second in
                    let kept = Mutex(Set<String>())
                    let client = Task {
                        while !Task.isCancelled {
                            let more = try await first.pull(
                                "r", maximum: 40, wait: .milliseconds(50), lease: .seconds(600))
                            kept.withLock { $0.formUnion(descriptions(more)) }
                        }
                    }
                    func partition(_ leased: PullQueue.Leased) -> StreamPartition {
                        leased.delivery.entry.position.partition
                    }
                    var moved = try await second.pull("r", maximum: 1, wait: .seconds(30), lease: .seconds(600))
                    let expected = held.filter { partition($0) == partition(moved[0]) }.count
                    while moved.count(where: { partition($0) == partition(moved[0]) }) < expected {
                        moved += try await second.pull("r", maximum: 40, wait: .seconds(30), lease: .seconds(600))
                    }
                    client.cancel()
                    try await client.value
                    let stayed = kept.withLock { $0 }
                    #expect(!stayed.isEmpty)
                    #expect(stayed.isDisjoint(with: descriptions(moved)))
                }
            }
        }
    }

    @Test func `what waits in the retries comes once from who had it before`() async throws {
        try await pulling { bench, first in
            try await bench.publish("a.b", (0..<40).map { "\($0)" })
            let held = try await takeAll(40, from: first)
            let back = held.prefix(39).map(\.token)
            #expect(try first.answer("r", back, .failed("not now", after: .milliseconds(1500))).isEmpty)
            // Some partitions go to another server, and come back before that time.
            try await withHost(bench) { second in
                async let nothing = second.pull("r", maximum: 1, wait: .milliseconds(300))
                _ = try await nothing
            }
            #expect(try first.answer("r", [held[39].token], .handled).count <= 1)
            var got: [String] = []
            let end = ContinuousClock.now.advanced(by: .seconds(3))
            while ContinuousClock.now < end {
                let more = try await first.pull("r", maximum: 1, wait: .milliseconds(100))
                got += descriptions(more)
                _ = try first.answer("r", more.map(\.token), .handled)
            }
            try await bench.caughtUp("r")
            #expect(Set(got).count >= 39)
            #expect(got.count == Set(got).count)
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
