import DaybookTesting
import Testing

@testable import Daybook

/// Batches that a loop acknowledges.
@Suite(.timeLimit(.minutes(1))) struct EventBatchesTests {
    private func batches(
        _ bench: RegistrationBench, maximum: Int = 10, concurrency: Int = 1,
        _ policy: FailurePolicy = RegistrationBench.quick
    ) -> EventBatches {
        var policy = policy
        policy.concurrency = concurrency
        return EventBatches(
            Registration(name: "b", policy: policy), from: .earliest, of: bench.registrations, maximum: maximum,
            options: .quick, logger: .silent)
    }

    @Test func `what is acknowledged is settled, and the next loop goes on behind it`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.publish("a.b", (0..<10).map { "\($0)" }, key: "k")
            let batches = batches(bench, maximum: 4)
            var seen: [String] = []
            for try await batch in batches {
                seen += batch.events.map(\.description)
                #expect(batch.acknowledge())
                #expect(!batch.acknowledge())
                if seen.count >= 5 { break }
            }
            await batches.stop()
            for try await batch in batches {
                seen += batch.events.map(\.description)
                batch.acknowledge()
                if seen.count == 10 { break }
            }
            await batches.stop()
            #expect(seen == (0..<10).map { "\($0)" })
            let lag = try await bench.registrations.lag(of: "b")
            #expect(lag.allSatisfy { $0.records == 0 })
        }
    }

    @Test func `what is refused comes again one by one, and ends in dead letters`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.publish("a.b", "1", "bad", "3", key: "k")
            let batches = batches(bench)
            let notes = Notes()
            let loop = Task {
                for try await batch in batches {
                    if batch.events.contains(where: { $0.description == "bad" }) {
                        batch.refuse(Refusal())
                    } else {
                        for event in batch.events { notes.add(event.description) }
                        batch.acknowledge()
                    }
                }
            }
            try await notes.reached(2)
            try await bench.caughtUp("b")
            await batches.stop()
            try await loop.value
            #expect(notes.all == ["1", "3"])
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "b")
            #expect(letters.map(\.error) == ["Refusal()"])
            #expect(letters.map(\.attempts) == [3])
        }
    }

    @Test func `a batch that is let go without an answer comes again`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.publish("a.b", "1", key: "k")
            let batches = batches(bench)
            var attempts: [Int] = []
            for try await batch in batches {
                attempts.append(batch.deliveries[0].attempt)
                if attempts.count == 2 {
                    batch.acknowledge()
                    break
                }
            }
            await batches.stop()
            #expect(attempts == [1, 2])
        }
    }

    @Test func `a loop that does not answer holds reading back`() async throws {
        try await RegistrationBench.run { bench in
            let batches = batches(bench, maximum: 1, concurrency: 2)
            let iterator = batches.makeAsyncIterator()
            try await bench.publish("a.b", (0..<20).map { "\($0)" })
            let first = try #require(try await iterator.next())
            let second = try #require(try await iterator.next())
            // Two calls of the handler are under way, and there is no third.
            let third = Task { try await batches.makeAsyncIterator().next()?.acknowledge() }
            await Task.yield()
            let lag = try await bench.registrations.lag(of: "b").reduce(0) { $0 + $1.records }
            #expect(lag >= 2)
            first.acknowledge()
            #expect(try await third.value == true)
            second.acknowledge()
            await batches.stop()
        }
    }

    @Test func `stopping ends the loop, and what was not acknowledged comes again`() async throws {
        try await RegistrationBench.run { bench in
            let batches = batches(bench, maximum: 1)
            let notes = Notes()
            let loop = Task {
                for try await batch in batches {
                    notes.add(batch.events[0].description)
                    batch.acknowledge()
                }
                notes.add("over")
            }
            try await bench.publish("a.b", "1", key: "k")
            try await notes.reached(1)
            await batches.stop()
            try await loop.value
            try await bench.publish("a.b", "2", key: "k")
            #expect(notes.all == ["1", "over"])
            for try await batch in batches {
                #expect(batch.events.map(\.description) == ["2"])
                batch.acknowledge()
                break
            }
            await batches.stop()
        }
    }

    @Test func `a paused registration goes on where it was, in the same loop`() async throws {
        try await RegistrationBench.run { bench in
            let batches = batches(bench, maximum: 1)
            let notes = Notes()
            let loop = Task {
                for try await batch in batches {
                    notes.add(batch.events[0].description)
                    batch.acknowledge()
                }
            }
            try await bench.publish("a.b", "1", key: "k")
            try await notes.reached(1)
            try await bench.registrations.pause("b")
            try await bench.publish("a.b", "2", key: "k")
            try await bench.registrations.resume("b")
            try await notes.reached(2)
            await batches.stop()
            try await loop.value
            #expect(notes.all == ["1", "2"])
        }
    }

    @Test func `a loop ends with its registration, with its task, and with a registration that is refused`()
        async throws
    {
        try await RegistrationBench.run { bench in
            let batches = batches(bench)
            let notes = Notes()
            let loop = Task {
                for try await batch in batches {
                    batch.acknowledge()
                    notes.add(batch.events[0].description)
                }
            }
            try await bench.publish("a.b", "1")
            try await notes.reached(1)
            try await bench.registrations.delete("b")
            try await loop.value
            let cancelled = Task { for try await batch in batches { batch.acknowledge() } }
            cancelled.cancel()
            await #expect(throws: (any Error).self) { try await cancelled.value }
            await batches.stop()
            _ = try? await bench.registrations.delete("b")
            try await bench.registrations.create(Registration(name: "b", filter: try Filter("topic = x")))
            await #expect(throws: RegistrationError.self) { for try await _ in batches {} }
        }
    }

    @Test func `what waits for a loop is given back when all is withdrawn, and no loop gets it any more`() async throws
    {
        let queue = BatchQueue(batchSize: 1, linger: .zero)
        _ = queue.open()
        let entry = HistoryEntry(
            position: Position(StreamPartition("a", 0), 1), time: .now,
            record: EventRecord(operation: .created, recordID: "1", event: Event(topic: "a.b")))
        let waiting = Task { try await queue.handle([Delivery(entry)]) }
        while queue.waitingCount == 0 { await Task.yield() }
        await queue.withdraw(nil)
        await #expect(throws: HandlerFailure.withdrawn) { try await waiting.value }
        #expect(queue.waitingCount == 0)
    }
}
