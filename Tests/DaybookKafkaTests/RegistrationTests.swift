import DaybookTesting
import Logging
import Testing

@testable import Daybook
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

    @Test func `what was parked is known to who takes over, also behind a transaction that is open`() async throws {
        let layout = StreamLayout(prefix: uniqueName("registrations"))
        let log = try await KafkaLog.open(RealCluster.configuration())
        try await log.createStreams([layout.retries])
        let parked = ParkedDeliveries(log, layout.retries, logger: Logger(label: "test"))
        let registration = EventID.generate()
        let partition = StreamPartition("\(layout.prefix).work", 0)
        let line = parked.partition(of: registration, partition)
        let delivery = ParkedDelivery(
            registration: registration, position: Position(partition, 7), logTime: .now, attempts: 1, firstFailure: nil,
            lastFailure: nil, notBefore: .now, error: "not now", record: Record(key: Array("work".utf8), value: []))

        // As a server leaves it that is paused in the middle of it.
        let (opened, opening) = AsyncStream.makeStream(of: Void.self)
        let (over, ending) = AsyncStream.makeStream(of: Void.self)
        let silent = try await log.transactionalWriter(id: "\(layout.prefix)-silent")
        let writer = try await log.transactionalWriter(id: "\(layout.prefix)-writer")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await parked.run() }
            group.addTask {
                try await silent.transaction { transaction in
                    _ = try await transaction.append([
                        NewRecord(line, ParkedDelivery.end(registration, Position(line, 1)))
                    ])
                    opening.yield()
                    for await _ in over { break }
                }
            }
            for await _ in opened { break }
            _ = try await writer.transaction { try await $0.append([NewRecord(line, delivery.wireRecord)]) }
            group.addTask {
                try await Task.sleep(for: .milliseconds(300))
                ending.yield()
            }
            try await parked.caughtUp(with: [partition], of: registration)
            #expect(parked.entries(of: registration, in: partition).map(\.offset) == [7])
            group.cancelAll()
        }
        try await log.close()
        await RealCluster.delete(streams: [layout.retries.name])
    }
}
