import Daybook
import DaybookTesting
import Testing

@testable import DaybookIndex

@Suite struct ProjectorTests {
    /// A log, a publisher on it, and a projector that runs while the body does.
    private func withProjector(
        _ log: any EventLog = MemoryLog(), index: EventIndex = EventIndex(),
        _ body: (Publisher, Projector) async throws -> Void
    ) async throws {
        let catalog = try await StreamCatalog.open(log: log, layout: StreamLayout(prefix: "test", partitions: 2))
        let publisher = Publisher(catalog: catalog)
        let projector = Projector(catalog: catalog, index: index)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await projector.run() }
            try await body(publisher, projector)
            group.cancelAll()
        }
    }

    @Test func whatIsPublishedIsFound() async throws {
        try await withProjector { publisher, projector in
            let published = try await publisher.publish(
                Event(topic: "git.commit", user: "ann", status: .pending, description: "First"))
            #expect(await projector.waitUntilApplied(published.position, timeout: .seconds(60)))
            let event = try #require(projector.index.event(published.id))
            #expect(event.event.description == "First")
            #expect(event.created == published.position)
            #expect(event.createdTime == published.time)

            let changed = try await publisher.change(event.reference, EventChange(status: .finished))
            #expect(await projector.waitUntilApplied(changed.position, timeout: .seconds(60)))
            #expect(projector.index.event(published.id)?.event.status == .finished)
            #expect(projector.index.event(published.id)?.event.progress == 100)

            let deleted = try await publisher.delete(event.reference)
            #expect(await projector.waitUntilApplied(deleted.position, timeout: .seconds(60)))
            #expect(projector.index.event(published.id) == nil)
        }
    }

    @Test func whatWasThereBeforeIsFoundOnceCaughtUp() async throws {
        let log = MemoryLog()
        let catalog = try await StreamCatalog.open(log: log, layout: StreamLayout(prefix: "test", partitions: 2))
        let outcomes = await Publisher(catalog: catalog).publish((0..<500).map { Event(topic: "a\($0 % 3).b") })
        #expect(outcomes.allSatisfy { (try? $0.get()) != nil })
        try await withProjector(log) { _, projector in
            try await projector.caughtUp()
            #expect(projector.index.statistics.events == 500)
            #expect(projector.state == .following)
            #expect(projector.statistics.lag == 0)
        }
    }

    @Test func waitingEndsWithTheTime() async throws {
        try await withProjector { publisher, projector in
            let published = try await publisher.publish(Event(topic: "a.b"))
            let beyond = Position(published.position.partition, published.position.offset + 1)
            #expect(await projector.waitUntilApplied(published.position, timeout: .seconds(60)))
            #expect(await !projector.waitUntilApplied(beyond, timeout: .milliseconds(20)))
        }
    }
}
