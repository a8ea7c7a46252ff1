import DaybookTesting
import Logging
import Testing

@testable import Daybook

/// Who waits is woken and cancelled at the same moment, again and again: neither may wait for the other for ever. (One
/// that does keeps its thread, and the run ends by the time limit of all tests.)
@Suite struct WakingTests {
    @Test func whoWaitsForParkedDeliveries() async throws {
        let log = MemoryLog(store: MemoryStore { .now })
        try await log.createStreams([StreamLayout().retries])
        let parked = ParkedDeliveries(log, StreamLayout().retries, logger: .silent)
        let following = Task { try await parked.run() }
        let partition = StreamLayout().retries.allPartitions[0]
        for round in 1...Int64(2_000) {
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 { group.addTask { try? await parked.reached([partition: round]) } }
                await Task.yield()
                for outcome in await log.append([NewRecord(partition, Record(key: [1], value: nil))]) {
                    _ = try outcome.get()
                }
                group.cancelAll()
            }
        }
        following.cancel()
        try await following.value
    }

    @Test func whoObservesTheCatalog() async throws {
        let log = MemoryLog(store: MemoryStore { .now })
        let catalog = try await StreamCatalog.open(log: log, layout: StreamLayout(), logger: .silent)
        let following = Task { try await catalog.follow() }
        for round in 0..<60 {
            await withTaskGroup { group in
                for _ in 0..<20 { group.addTask { for await _ in catalog.observe() {} } }
                _ = try? await catalog.stream(forTopic: "topic\(round).x")
                group.cancelAll()
            }
        }
        following.cancel()
        try await following.value
    }
}
