import Synchronization
import Testing

@testable import DaybookServer

@Suite struct ReadinessTests {
    private struct Broken: Error, CustomStringConvertible {
        var description: String
    }

    @Test func whatIsKnownIsLookedAtEachTime() async {
        let isOpen = Mutex(false)
        let readiness = Readiness([
            (
                "log",
                { @Sendable in
                    guard isOpen.withLock({ $0 }) else { throw Broken(description: "not open") }
                    return {}
                }
            )
        ])
        #expect(await readiness.checks() == [.init(name: "log", failure: "not open")])
        isOpen.withLock { $0 = true }
        #expect(await readiness.checks() == [.init(name: "log")])
    }

    @Test func manyCallersShareOneProbe() async {
        let probes = Mutex(0)
        let readiness = Readiness([
            (
                "log",
                { @Sendable in
                    {
                        probes.withLock { $0 += 1 }
                        throw Broken(description: "gone")
                    }
                }
            ),
            ("index", { @Sendable in nil }),
        ])
        let answers = await withTaskGroup(of: [Readiness.Check].self) { group in
            for _ in 0..<50 { group.addTask { await readiness.checks() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0 == [.init(name: "log", failure: "gone"), .init(name: "index")] })
        // Two if a second went by among them.
        #expect((1...2).contains(probes.withLock { $0 }))
    }

    @Test func aProbeThatDoesNotAnswerIsGivenUp() async {
        let readiness = Readiness(
            [("log", { @Sendable in { try await Task.sleep(for: .seconds(3600)) } })], timeout: .milliseconds(10))
        let checks = await readiness.checks()
        #expect(checks.first?.failure?.hasPrefix("no answer within") == true)
    }
}
