import DaybookTesting
import Testing

@testable import Daybook

/// Consumers with a handler of their own, started and stopped.
@Suite(.timeLimit(.minutes(1))) struct EventConsumerTests {
    private func consumer(
        _ bench: RegistrationBench, _ name: String = "c", filter: String? = nil, from start: StartPoint = .earliest,
        _ process: @escaping @Sendable (Delivery) async throws -> Void
    ) throws -> EventConsumer {
        EventConsumer(
            Registration(name: name, filter: try filter.map { try Filter($0) }, policy: RegistrationBench.quick),
            from: start, of: bench.registrations,
            handler: ClosureHandler { for delivery in $0 { try await process(delivery) } }, options: .quick,
            logger: .silent)
    }

    @Test func `a consumer makes its registration and gets what matches, in order`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let consumer = try consumer(bench, filter: "topic = a.*") { notes.add($0.event.description) }
            try await bench.publish("a.b", "1", key: "k")
            try await bench.publish("other.b", "no")
            try await consumer.start()
            try await bench.publish("a.b", "2", "3", key: "k")
            try await notes.reached(3)
            await consumer.stop()
            #expect(notes.all == ["1", "2", "3"])
            #expect(bench.registrations.find("c")?.filter?.description == "topic = a.*")
        }
    }

    @Test func `a consumer may be started and stopped again and again`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let consumer = try consumer(bench) { notes.add($0.event.description) }
            for round in 1...4 {
                try await consumer.start()
                try await consumer.start()
                try await bench.publish("a.b", "\(round)", key: "k")
                try await notes.reached(round)
                await consumer.stop()
                await consumer.stop()
            }
            // Each once: what was handled is committed before it stops.
            #expect(notes.all == ["1", "2", "3", "4"])
            let lag = try await bench.registrations.lag(of: "c")
            #expect(lag.allSatisfy { $0.records == 0 })
        }
    }

    @Test func `stopping finishes what is in hand, and begins nothing`() async throws {
        try await RegistrationBench.run { bench in
            let (notes, begun, end) = (Notes(), Watched(), Watched())
            let withdrawals = Watched()
            let consumer = EventConsumer(
                Registration(name: "c", policy: RegistrationBench.quick), from: .earliest, of: bench.registrations,
                handler: StoppedHandler(whenWithdrawn: { withdrawals.fire() }) { delivery in
                    begun.fire()
                    try await end.fired()
                    notes.add(delivery.event.description)
                }, options: .quick, logger: .silent)
            try await bench.publish("a.b", "1", "2", key: "k")
            try await consumer.start()
            try await begun.fired()
            let stop = Task { await consumer.stop() }
            // Only a member that ends withdraws what waits: so the call is still under way while it stops.
            try await withdrawals.fired()
            #expect(notes.all.isEmpty)
            end.fire()
            await stop.value
            #expect(notes.all == ["1"], "what is in hand is finished, and nothing else begun")
            try await consumer.start()
            try await notes.reached(2)
            await consumer.stop()
            #expect(notes.all == ["1", "2"], "what was finished was committed")
        }
    }

    @Test func `a start while it stops begins behind the stop`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let running = Watched(0)
            let consumer = try consumer(bench) { delivery in
                running.update { $0 += 1 }
                notes.add("\(running.value) \(delivery.event.description)")
                await Task.yield()
                running.update { $0 -= 1 }
            }
            try await consumer.start()
            try await bench.publish("a.b", (0..<20).map { "\($0)" }, key: "k")
            try await notes.reached(5)
            async let stop: Void = consumer.stop()
            try await consumer.start()
            await stop
            try await consumer.start()
            try await notes.has("1 19")
            await consumer.stop()
            #expect(notes.all == (0..<20).map { "1 \($0)" })
        }
    }

    @Test func `a consumer whose registration asks for something else is refused`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "c", filter: try Filter("topic = b.*")))
            let consumer = try consumer(bench, filter: "topic = a.*") { _ in }
            await #expect(throws: RegistrationError.self) { try await consumer.start() }
            await #expect(throws: RegistrationError.self) { try await consumer.run() }
            let pulling = EventConsumer(
                Registration(name: "p", delivery: .pull), of: bench.registrations, logger: .silent
            ) { _ in }
            let error = await #expect(throws: RegistrationError.self) { try await pulling.start() }
            #expect(error?.description.contains("must be process") == true)
        }
    }

    @Test func `the batch form gets many at once, and a failure in it costs one event`() async throws {
        try await RegistrationBench.run { bench in
            let (notes, sizes) = (Notes(), Watched<[Int]>([]))
            let consumer = EventConsumer(
                Registration(name: "c", policy: RegistrationBench.quick), from: .earliest, of: bench.registrations,
                batchSize: 10, linger: .milliseconds(1), logger: .silent
            ) { deliveries in
                sizes.update { $0.append(deliveries.count) }
                if deliveries.contains(where: { $0.event.description == "7" }) { throw Refusal() }
                for delivery in deliveries { notes.add(delivery.event.description) }
            }
            try await bench.publish("a.b", (0..<30).map { "\($0)" }, key: "k")
            try await consumer.start()
            try await notes.reached(29)
            try await bench.caughtUp("c")
            await consumer.stop()
            #expect(notes.all == (0..<30).filter { $0 != 7 }.map { "\($0)" })
            #expect(sizes.value.max() == 10)
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "c")
            #expect(letters.count == 1)
        }
    }

    @Test func `a service ends when it is cancelled, when it is stopped, and with its registration`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let consumer = try consumer(bench) { notes.add($0.event.description) }
            let cancelled = Task { try await consumer.run() }
            try await bench.publish("a.b", "1")
            try await notes.reached(1)
            cancelled.cancel()
            try await cancelled.value
            let stopped = Task { try await consumer.run() }
            try await bench.publish("a.b", "2")
            try await notes.reached(2)
            await consumer.stop()
            try await stopped.value
            let deleted = Task { try await consumer.run() }
            try await bench.publish("a.b", "3")
            try await notes.reached(3)
            try await bench.registrations.delete("c")
            try await deleted.value
            #expect(notes.all == ["1", "2", "3"])
        }
    }

    @Test func `a handler that cannot be made ready says why`() async throws {
        struct Unready: EventHandler {
            func prepare() async throws { throw Refusal() }
            func handle(_ deliveries: [Delivery]) async throws {}
        }
        try await RegistrationBench.run { bench in
            let consumer = EventConsumer(
                Registration(name: "c"), of: bench.registrations, handler: Unready(), logger: .silent)
            await #expect(throws: Refusal.self) { try await consumer.run() }
            let work = try await consumer.started()
            await #expect(throws: Refusal.self) { try await work.value }
        }
    }
}

/// Tells when its deliveries are withdrawn, as they are when its member stops.
private struct StoppedHandler: EventHandler {
    let whenWithdrawn: @Sendable () -> Void
    let process: @Sendable (Delivery) async throws -> Void

    init(
        whenWithdrawn: @escaping @Sendable () -> Void, _ process: @escaping @Sendable (Delivery) async throws -> Void
    ) {
        self.whenWithdrawn = whenWithdrawn
        self.process = process
    }

    func handle(_ deliveries: [Delivery]) async throws {
        for delivery in deliveries { try await process(delivery) }
    }

    func withdraw(_ partitions: Set<StreamPartition>?) async { whenWithdrawn() }
}
