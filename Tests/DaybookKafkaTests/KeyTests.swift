import Daybook
import DaybookTesting
import Testing

@testable import DaybookKafka

/// API keys on a real cluster, where several servers have to agree about them.
@Suite(.needsBroker, .timeLimit(.minutes(2))) struct KeyTests {
    @Test func `a key that one server revokes is dead on another within a second`() async throws {
        let layout = StreamLayout(prefix: uniqueName("keys"))
        let logs = [
            try await KafkaLog.open(RealCluster.configuration()), try await KafkaLog.open(RealCluster.configuration()),
        ]
        let one = try await StreamCatalog.open(log: logs[0], layout: layout)
        let two = try await StreamCatalog.open(log: logs[1], layout: layout)
        let following = Task { try await two.follow() }
        let secret = KeySecret.generate()
        try await one.createKey(APIKey(name: "ci", role: .service, digest: secret.digest))
        for await keys in two.observe(.key) where !keys.isEmpty { break }
        guard case .caller(let caller) = two.keys.find(secret.text) else {
            Issue.record("the key is not there")
            return
        }
        let end = Task {
            let reason = try await two.keys.end(of: caller)
            return (reason, ContinuousClock.now)
        }
        try await one.revokeKey("ci")
        let revoked = ContinuousClock.now
        let (reason, ended) = try await withDeadline(what: "the end") { try await end.value }
        #expect(reason == "the API key was revoked" && revoked.duration(to: ended) < .seconds(1))
        following.cancel()
        let streams = try await logs[0].streams().keys
        for log in logs { try await log.close() }
        await RealCluster.delete(streams: Set(streams.filter { $0.hasPrefix(layout.prefix + ".") }))
    }
}
