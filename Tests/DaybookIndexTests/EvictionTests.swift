import Daybook
import Testing

@testable import DaybookIndex

@Suite struct EvictionTests {
    private func ids(_ index: EventIndex) async throws -> [UInt64] {
        var query = EventQuery()
        query.order = .ascending
        query.limit = 1000
        return try await index.query(query).events.map(\.event.id.low)
    }

    private func event(_ number: UInt64, _ status: EventStatus = .finished, dependsOn: UInt64? = nil) -> Event {
        Event(
            topic: "a.b", id: EventID(high: 9, low: number), dependsOn: dependsOn.map { EventID(high: 9, low: $0) },
            status: status)
    }

    @Test func theOldestThatAreDoneGoFirst() async throws {
        let index = EventIndex(bounds: IndexBounds(maximumEventsPerPartition: 4))
        var log = PartitionScript(on: index)
        await log.create(event(1, .pending))
        for number in 2...6 { await log.create(event(UInt64(number))) }
        #expect(try await ids(index) == [1, 4, 5, 6])
        #expect(index.statistics.fold.evictedByCount == 2)
        // Once it is done it goes, too.
        await log.create(event(7))
        await log.change(event(1), EventChange(status: .failed))
        await log.create(event(8))
        #expect(try await ids(index) == [5, 6, 7, 8])
    }

    @Test func unfinishedEventsMayBeMoreThanTheBound() async throws {
        let index = EventIndex(bounds: IndexBounds(maximumEventsPerPartition: 2))
        var log = PartitionScript(on: index)
        for number in 1...5 { await log.create(event(UInt64(number), .inProgress)) }
        await log.create(event(6))
        #expect(try await ids(index) == [1, 2, 3, 4, 5])
    }

    @Test func eventsOverTheAgeGoByLogTime() async throws {
        let index = EventIndex(bounds: IndexBounds(maximumAge: .seconds(10)))
        var log = PartitionScript(on: index)
        await log.create(event(1), at: 1_000_000)
        await log.create(event(2, .pending), at: 2_000_000)
        await log.create(event(3), at: 5_000_000)
        await log.create(event(4), at: 11_000_000)
        #expect(try await ids(index) == [1, 2, 3, 4])
        await log.create(event(5), at: 11_000_001)
        #expect(try await ids(index) == [2, 3, 4, 5])
        await log.create(event(6), at: 60_000_000)
        #expect(try await ids(index) == [2, 6])
        #expect(index.statistics.fold.evictedByAge == 4)
    }

    @Test func whatUnfinishedEventsDependOnIsKeptUntilTheyAreDone() async throws {
        let index = EventIndex(bounds: IndexBounds(maximumEventsPerPartition: 2))
        var sources = PartitionScript("test.sources", 0, on: index)
        var jobs = PartitionScript("test.jobs", 0, on: index)
        await sources.create(event(1))
        await jobs.create(event(101, .pending, dependsOn: 1))
        await jobs.create(event(102, .pending, dependsOn: 1))
        for number in 2...4 { await sources.create(event(UInt64(number))) }
        // It has left the answers, as on a server that has not seen the jobs yet, but is still there.
        #expect(try await ids(index) == [101, 102, 3, 4])
        #expect(index.event(EventID(high: 9, low: 1)) != nil)
        #expect(index.statistics.keptForDependants == 1)
        // It is still folded.
        await sources.change(event(1), EventChange(description: "changed"))
        #expect(index.event(EventID(high: 9, low: 1))?.event.description == "changed")
        await jobs.change(event(101), EventChange(status: .finished))
        #expect(index.event(EventID(high: 9, low: 1)) != nil)
        await jobs.delete(event(102))
        #expect(index.event(EventID(high: 9, low: 1)) == nil)
        #expect(index.statistics.keptForDependants == 0)
    }

    @Test func anEvictedIDThatComesAgainIsNew() async throws {
        let index = EventIndex(bounds: IndexBounds(maximumEventsPerPartition: 2))
        var sources = PartitionScript("test.sources", 0, on: index)
        var jobs = PartitionScript("test.jobs", 0, on: index)
        await sources.create(event(1))
        await jobs.create(event(101, .pending, dependsOn: 1))
        for number in 2...3 { await sources.create(event(UInt64(number))) }
        #expect(index.statistics.keptForDependants == 1)
        // A server that did not keep the first one takes it for new, so this one must, too.
        let again = await sources.create(event(1))
        #expect(try await ids(index) == [101, 3, 1])
        #expect(index.event(EventID(high: 9, low: 1))?.created == again)
        #expect(index.statistics.keptForDependants == 0)
    }

    @Test func whatLeavesTheLogLeavesTheIndex() async throws {
        let index = EventIndex()
        var log = PartitionScript(on: index)
        for number in 1...1000 {
            await log.create(event(UInt64(number), number % 3 == 0 ? .pending : .finished))
        }
        await log.change(event(5), EventChange(status: .failed))
        await index.trim(log.partition, below: 990)
        #expect(try await ids(index) == Array(991...1000))
        #expect(index.statistics.fold.evictedByRetention == 990)
        await index.trim(log.partition, below: 990)
        await index.trim(StreamPartition("unknown", 0), below: 990)
        #expect(try await ids(index) == Array(991...1000))
    }

    @Test func evictedTextsAreGivenBack() async throws {
        let index = EventIndex(bounds: IndexBounds(maximumEventsPerPartition: 100))
        var log = PartitionScript(on: index)
        var bytes: [Int] = []
        for number in 1...8000 {
            var event = event(UInt64(number), dependsOn: UInt64(number) + 1)
            event.description = String(repeating: "text ", count: 20)
            event.user = "user \(number)"
            event.hash = "hash \(number)"
            await log.create(event)
            if number % 2000 == 0 { bytes.append(index.statistics.memoryBytes) }
        }
        #expect(bytes.allSatisfy { $0 < bytes[0] * 3 / 2 }, "\(bytes)")
        #expect(try await ids(index).count == 100)
    }
}
