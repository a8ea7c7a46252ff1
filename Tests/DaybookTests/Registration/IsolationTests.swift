import Synchronization
import Testing

@testable import Daybook

/// What fails, or hangs, harms no other registration, and nothing of it is lost.
@Suite(.timeLimit(.minutes(1))) struct IsolationTests {
    private struct Refusal: Error {}

    @Test func `dead letters of one that fails and one that hangs are complete, and redriven once they are mended`()
        async throws
    {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.maximumAttempts = 2
            policy.concurrency = 32
            for name in ["fine", "failing"] {
                try await bench.registrations.create(Registration(name: name, policy: policy))
            }
            policy.attemptTimeout = .milliseconds(200)
            try await bench.registrations.create(Registration(name: "hanging", policy: policy))
            let isMended = Mutex(false)
            let fine = NotingHandler()
            let failing = NotingHandler { _ in if !isMended.withLock({ $0 }) { throw Refusal() } }
            let hanging = NotingHandler { _ in
                if !isMended.withLock({ $0 }) { try await Task.sleep(for: .seconds(3600)) }
            }
            let count = 100
            try await bench.withMember("fine", fine) { _ in
                try await bench.withMember("failing", failing) { _ in
                    try await bench.withMember("hanging", hanging) { _ in
                        for number in 0..<count {
                            try await bench.publish("a.b", "\(number)", key: "key-\(number % 20)")
                        }
                        await fine.handled(count)
                        for name in ["failing", "hanging"] {
                            while try await bench.registrations.letters(of: name).count < count {
                                try await Task.sleep(for: .milliseconds(5))
                            }
                            let letters = try await bench.registrations.letters(of: name)
                            #expect(Set(letters.map(\.position)).count == count)
                            #expect(letters.allSatisfy { $0.attempts == 2 && !$0.error.isEmpty })
                        }
                        isMended.withLock { $0 = true }
                        for name in ["failing", "hanging"] { try await bench.registrations.redrive(name) }
                        await failing.handled(count)
                        await hanging.handled(count)
                        for name in ["failing", "hanging"] {
                            while try await !bench.registrations.letters(of: name).isEmpty { await Task.yield() }
                        }
                    }
                }
            }
            for handler in [fine, failing, hanging] {
                for key in 0..<20 {
                    let numbers = handler.descriptions.compactMap { Int($0) }.filter { $0 % 20 == key }
                    // On a busy machine some took too long, and came again.
                    #expect(Set(numbers).sorted() == Array(stride(from: key, to: count, by: 20)))
                    #expect(numbers == numbers.sorted())
                }
            }
        }
    }
}
