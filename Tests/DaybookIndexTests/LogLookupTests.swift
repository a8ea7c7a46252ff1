import Daybook
import DaybookTesting
import Testing

@testable import DaybookIndex

@Suite struct LogLookupTests {
    /// A log whose times are those of the machine, as ids are.
    private func makeCatalog() async throws -> StreamCatalog {
        let log = MemoryLog(store: MemoryStore(identity: uniqueName("lookup")) { Timestamp.now })
        return try await StreamCatalog.open(log: log, layout: StreamLayout(prefix: "test", partitions: 3))
    }

    @Test(arguments: [nil, "a key of its own"])
    func findsEventsWithAllTheirChanges(orderingKey: String?) async throws {
        let catalog = try await makeCatalog()
        let publisher = Publisher(catalog: catalog)
        for number in 0..<50 { try await publisher.publish(Event(topic: "a\(number % 4).b")) }
        var event = Event(topic: "a1.b", status: .pending, description: "wanted")
        event.orderingKey = orderingKey
        let published = try await publisher.publish(event)
        for number in 0..<50 { try await publisher.publish(Event(topic: "a\(number % 4).b")) }
        let reference = try #require(published.reference)
        let changed = try await publisher.change(reference, EventChange(status: .failed))

        let answer = try await LogLookup(catalog: catalog).event(event.id)
        guard case .found(let found, isComplete: true) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(found.event.description == "wanted")
        #expect(found.event.status == .failed)
        #expect(found.created == published.position)
        #expect(found.last == changed.position)

        try await publisher.delete(reference)
        #expect(try await LogLookup(catalog: catalog).event(event.id) == .deleted)
    }

    @Test func saysWhatItCannotKnow() async throws {
        let catalog = try await makeCatalog()
        let publisher = Publisher(catalog: catalog)
        let event = Event(topic: "a.b")
        let reference = try #require(try await publisher.publish(event).reference)
        for _ in 0..<2500 { try await publisher.change(reference, EventChange(retries: 1)) }
        #expect(try await LogLookup(catalog: catalog).event(.generate()) == .notFound)
        #expect(try await LogLookup(catalog: catalog).event(EventID(high: 1, low: 2)) == .notSearchable)
        var options = LogLookup.Options()
        options.maximumRecords = 1500
        let answer = try await LogLookup(catalog: catalog, options: options).event(event.id)
        guard case .found(_, isComplete: false) = answer else {
            Issue.record("\(answer)")
            return
        }
        options.maximumRecords = 0
        #expect(try await LogLookup(catalog: catalog, options: options).event(event.id) == .notSearchable)
    }
}
