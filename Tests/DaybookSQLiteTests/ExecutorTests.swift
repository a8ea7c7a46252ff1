import Daybook
import DaybookIndex
import DaybookTesting
import Testing

@testable import DaybookSQLite

@Suite(.timeLimit(.minutes(1))) struct ExecutorTests {
    /// Who follows the log where it writes has seen an append before its caller is told of it.
    @Test func whoFollowsTheLogThereSeesAnAppendFirst() async throws {
        let log = try await SQLiteLog.inMemory()
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        let reader = try await log.reader(from: [orders: 0])
        let seen = Watched<Int64>(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: log.executor) {
                while true {
                    let batch = try await reader.next(maximum: 100)
                    seen.update { $0 = batch.nextOffset }
                }
            }
            // From now on it waits.
            try await log.store(samples(0..<1))
            try await seen.when { $0 == 1 ? () : nil }
            for number in 1..<500 {
                try await log.store(samples(number..<number + 1))
                #expect(seen.value == Int64(number + 1))
            }
            group.cancelAll()
        }
        try await log.close()
    }

    /// So the index shows what was published when its publisher hears of it.
    @Test func theIndexShowsWhatWasPublished() async throws {
        let log = try await SQLiteLog.inMemory()
        let catalog = try await StreamCatalog.open(log: log)
        let projector = Projector(catalog: catalog)
        let publisher = Publisher(catalog: catalog)
        _ = try await publisher.publish(Event(topic: "a.b"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await projector.run() }
            try await projector.caughtUp()
            let first = try await publisher.publish(Event(topic: "a.b"))
            #expect(await projector.waitUntilApplied(first.position, timeout: .seconds(30)))
            for _ in 0..<200 {
                let published = try await publisher.publish(Event(topic: "a.b"))
                #expect(projector.index.event(published.id) != nil)
            }
            group.cancelAll()
        }
        try await log.close()
    }
}
