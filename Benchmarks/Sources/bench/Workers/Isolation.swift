import ArgumentParser
import Daybook
import DaybookSQLite
import Logging
import Synchronization

/// How long events take from the moment they are due to be published until a handler has them that does its work at
/// once: by itself, or beside one that always fails and one that never ends, on the same events.
struct Isolation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "isolation", shouldDisplay: false)

    @Option var directory: String
    @Option var events: Int
    @Option var perSecond: Int
    @Flag var others = false

    private struct Failed: Error {}

    func run() async throws {
        let log = try await SQLiteLog.open(directory: directory)
        let catalog = try await StreamCatalog.open(log: log, layout: PublishLoop.layout(prefix: "bench"))
        let publisher = Publisher(catalog: catalog)
        var workload = Workload()
        for result in await publisher.publish(workload.events(1)) { _ = try result.get() }
        let registrations = Registrations(catalog, logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await catalog.follow() }
            group.addTask { try await registrations.run() }
            var round = 0
            try await Rounds.serve { _ in
                round += 1
                return try await self.round(round, workload.events(events), publisher, registrations)
            }
            group.cancelAll()
            while let _ = await group.nextResult() {}
        }
        try await log.close()
    }

    private func round(
        _ round: Int, _ events: [Event], _ publisher: Publisher, _ registrations: Registrations
    ) async throws -> Rounds.Outcome {
        let numbers = Dictionary(uniqueKeysWithValues: events.enumerated().map { ($1.id, $0) })
        let times = Mutex([ContinuousClock.Instant?](repeating: nil, count: events.count))
        let count = Countdown(events.count)
        let fine = EventConsumer(Registration(name: "fine-\(round)"), of: registrations, logger: .silent) { delivery in
            guard let number = numbers[delivery.event.id] else { return }
            let isFirst = times.withLock { times in
                defer { times[number] = times[number] ?? .now }
                return times[number] == nil
            }
            if isFirst { count.down(1) }
        }
        var consumers = [fine]
        if others {
            consumers.append(
                EventConsumer(
                    Registration(name: "failing-\(round)", policy: FailurePolicy(maximumAttempts: 3)),
                    of: registrations, logger: .silent
                ) { _ in throw Failed() })
            consumers.append(
                EventConsumer(
                    Registration(name: "hanging-\(round)", policy: FailurePolicy(attemptTimeout: .seconds(1))),
                    of: registrations, logger: .silent
                ) { _ in try await Task.sleep(for: .seconds(3600)) })
        }
        for consumer in consumers { try await consumer.start() }
        let start = ContinuousClock.now
        func due(_ number: Int) -> ContinuousClock.Instant {
            start + .seconds(1) * Double(number) / Double(perSecond)
        }
        try await withThrowingTaskGroup { group in
            for (number, event) in events.enumerated() {
                try await Task.sleep(until: due(number), clock: .continuous)
                group.addTask {
                    for result in await publisher.publish([event]) { _ = try result.get() }
                }
            }
            try await group.waitForAll()
        }
        await count.isOver()
        for consumer in consumers { await consumer.stop() }
        for registration in registrations.all { try await registrations.delete(registration.name) }
        let latencies = times.withLock { times in
            times.enumerated().map { number, time in
                (time.map { due(number).duration(to: $0) } ?? .zero) / .seconds(1)
            }
        }
        return Rounds.Outcome(
            operations: events.count, latency: latencies.sorted()[min(events.count * 999 / 1000, events.count - 1)])
    }
}
