import Daybook
import DaybookIndex
import DaybookTesting
import Logging
import ServiceLifecycle
import Testing

@testable import DaybookKafka

/// Hashes decided through a real cluster.
@Suite(.needsBroker) struct ArbiterTests {
    @Test func `two servers decide each hash once, and agree`() async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        var configuration = DaybookNode.Configuration()
        configuration.layout.prefix = uniqueName("arbiter")
        configuration.isShared = true
        let nodes = (0..<2).map { _ in
            DaybookNode(configuration: configuration, logger: quiet) {
                try await KafkaLog.open(RealCluster.configuration())
            }
        }
        let group = ServiceGroup(services: nodes, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                var parts: [DaybookNode.Parts] = []
                for node in nodes { parts.append(try await node.whenOpen()) }
                let race = HashRace(hashes: 2000, batch: 500)
                let winners = try await race.run([0, 1, 0, 1].map { parts[$0].publisher })
                try await race.check(winners, in: parts[0].catalog)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let streams = try await KafkaLog.open(RealCluster.configuration()).streams().keys
        await RealCluster.delete(
            streams: Set(streams.filter { $0.hasPrefix(configuration.layout.prefix + ".") }))
    }
}
