import DaybookTesting
import Testing

@testable import Daybook

/// Reading with positions that the consumer keeps itself.
@Suite(.timeLimit(.minutes(1))) struct EventReaderTests {
    /// A consumer's own storage: what it made of events, and how far, in one step.
    private final class Storage: Sendable {
        struct Content: Sendable {
            var seen: [String] = []
            var positions: PositionVector?
        }

        let content = Watched(Content())

        func apply(_ batch: EventReader.Batch) {
            content.update { content in
                content.seen += batch.events.map(\.description)
                content.positions = batch.positions
            }
        }
    }

    @Test func `positions kept with the consumer's own data give each event its effect once`() async throws {
        try await RegistrationBench.run { bench in
            let storage = Storage()
            let wanted = (0..<60).map { "\($0)" }
            try await bench.publish("a.b", wanted)
            while storage.content.value.seen.count < 60 {
                let positions = storage.content.value.positions
                let reader = try await EventReader.open(
                    bench.catalog, from: positions.map { .positions($0) } ?? .earliest, maximum: 5)
                storage.apply(try #require(try await reader.next()))
                // It dies with a batch in hand that left no trace.
                if storage.content.value.seen.count < 60 { _ = try await reader.next() }
                await reader.close()
            }
            #expect(Set(storage.content.value.seen) == Set(wanted))
            #expect(storage.content.value.seen.count == 60)
            // It has left nothing in the log.
            #expect(bench.registrations.all.isEmpty)
        }
    }

    @Test func `only what matches is read, and streams made later from their beginning`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.publish("a.b", "before", key: "k")
            let reader = try await EventReader.open(
                bench.catalog, filter: try Filter("description != no"), from: .latest)
            let start = reader.positions
            try await bench.publish("a.b", "no", "1", key: "k")
            let first = try #require(try await reader.next())
            #expect(first.events.map(\.description) == ["1"])
            try await bench.publish("new.topic", "2", key: "k")
            let second = try #require(try await reader.next())
            #expect(second.events.map(\.description) == ["2"])
            #expect(second.positions.hasReached(first.positions))
            #expect(second.positions.offsets.count == first.positions.offsets.count + 1)
            // Where it began is known before the first batch.
            let again = try await EventReader.open(bench.catalog, from: .positions(start))
            #expect(try await again.next()?.events.map(\.description) == ["no", "1"])
        }
    }

    @Test func `a position that is not stored any more, or not yet, is an error`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.publish("a.b", (0..<10).map { "\($0)" }, key: "k")
            let reader = try await EventReader.open(bench.catalog, from: .earliest, maximum: 3)
            let batch = try #require(try await reader.next())
            let partition = batch.entries[0].position.partition
            try await bench.log.trim(partition, before: 6)
            await #expect(throws: LogError.self) {
                _ = try await EventReader.open(bench.catalog, from: .positions(batch.positions))
            }
            var beyond = batch.positions
            beyond[partition] = 11
            await #expect(throws: LogError.self) {
                _ = try await EventReader.open(bench.catalog, from: .positions(beyond))
            }
            let unknown = PositionVector([StreamPartition("nowhere", 0): 1])
            await #expect(throws: LogError.unknownPartition(StreamPartition("nowhere", 0))) {
                _ = try await EventReader.open(bench.catalog, from: .positions(unknown))
            }
        }
    }

    @Test func `a long stretch without a match moves the position all the same`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.publish("a.b", (0..<EventReader.longestSilence).map { "\($0)" }, key: "k")
            let reader = try await EventReader.open(bench.catalog, filter: try Filter("topic = never"), from: .earliest)
            let batch = try #require(try await reader.next())
            #expect(batch.entries.isEmpty)
            #expect(batch.positions.offsets.values.max() == Int64(EventReader.longestSilence))
        }
    }

    @Test func `the sequence ends when the reader is closed`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let reader = try await EventReader.open(bench.catalog, from: .earliest)
            let loop = Task {
                for try await batch in reader { notes.add(batch.events[0].description) }
            }
            try await bench.publish("a.b", "1")
            try await notes.reached(1)
            await reader.close()
            try await loop.value
        }
    }
}
