import Daybook
import DaybookTesting
import Testing

@testable import DaybookKafka

/// Registrations on a real cluster.
@Suite(.needsBroker, .timeLimit(.minutes(5))) struct RegistrationTests {
    @Test func `members come, go and fail, and everything is handled in order`() async throws {
        var layout = StreamLayout(prefix: uniqueName("registrations"))
        layout.partitions = 4
        let chosen = layout
        let logs = Watched<[KafkaLog]>([])
        try await RegistrationRace(events: 3000, keys: 40, changes: 6).run {
            let log = try await KafkaLog.open(RealCluster.configuration())
            logs.update { $0.append(log) }
            return try await StreamCatalog.open(log: log, layout: chosen)
        }
        let streams = try await logs.value[0].streams().keys
        for log in logs.value { try await log.close() }
        await RealCluster.delete(streams: Set(streams.filter { $0.hasPrefix(chosen.prefix + ".") }))
    }
}
