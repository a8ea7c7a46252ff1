import DaybookTesting
import LosslessJSON
import Synchronization
import Testing

@testable import Daybook

extension RegistrationBench {
    func processor(
        _ policy: FailurePolicy = RegistrationBench.quick, on: Set<RecordOperation> = [.created],
        batchSize: Int = 1, connections: LiveConnections? = nil
    ) -> EventProcessor {
        EventProcessor(
            Registration(name: "p", on: on, policy: policy), from: .earliest, of: registrations,
            batchSize: batchSize, connections: connections, options: .quick, logger: .silent)
    }

    /// Publishes events that tell of entities.
    @discardableResult
    func publish(
        _ type: String, _ id: String?, _ operation: EntityOperation, attribute: String? = nil, value: String? = nil,
        metadata: String = "{}", key: String = "k"
    ) async throws -> Published {
        let change = EntityChange(
            type: type, id: id, operation: operation, attributeName: attribute,
            attributeValue: value.map { JSONText.string($0) })
        return try await publisher.publish(
            Event(topic: "a.b", entity: change, metadata: try JSONText(metadata), orderingKey: key))
    }

    /// Runs a processor until it has handled everything there is, and everything is settled.
    func drain(_ processor: EventProcessor) async throws {
        try await processor.start()
        try await caughtUp("p")
        await processor.stop()
    }
}

/// Many callbacks behind one registration.
@Suite(.timeLimit(.minutes(1))) struct EventProcessorTests {
    @Test func `callbacks get what they match, in the order in which they were registered`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor()
                .onEvent(EventMatch(entityType: "shot", entityId: "1")) { _ in notes.add("id") }
                .onEvent { notes.add("all \($0.event.entity.id ?? "")") }
                .onEvent(EventMatch(operation: .deletion)) { _ in notes.add("deleted") }
                .onEvent(EventMatch(filter: try Filter("metadata.a = 1"))) { _ in notes.add("filter") }
                .onEvent(where: { $0.entity.id == "2" }) { _ in notes.add("where") }
                .onEvent(EventMatch(attributeName: "name"), with: "x", 7) { _, a, b in notes.add("\(a) \(b)") }
            try await bench.publish("shot", "1", .creation, metadata: #"{"a": 1}"#)
            try await bench.publish("shot", "2", .deletion)
            try await bench.publish("shot", "3", .update, attribute: "name")
            try await bench.drain(processor)
            #expect(notes.all == ["id", "all 1", "filter", "all 2", "deleted", "where", "all 3", "x 7"])
        }
    }

    @Test func `an attribute name matches its updates; by the lax rule all but updates of another`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor()
                .onEvent(EventMatch(entityType: "job", attributeName: "status")) {
                    notes.add("strict \($0.event.entity.id ?? "")")
                }
                .onEvent(EventMatch(entityType: "job", attributeName: "status", attributeRule: .lax)) {
                    notes.add("lax \($0.event.entity.id ?? "")")
                }
            try await bench.publish("job", "1", .creation)
            try await bench.publish("job", "2", .update)
            try await bench.publish("job", "3", .update, attribute: "status")
            try await bench.publish("job", "4", .update, attribute: "force")
            try await bench.drain(processor)
            #expect(notes.all == ["lax 1", "lax 2", "strict 3", "lax 3"])
        }
    }

    @Test func `what no callback matches is not delivered to any`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = bench.processor(on: [.created, .changed, .deleted], batchSize: 50)
            for number in 0..<3 {
                try processor.onEvent(
                    EventMatch(
                        filter: try Filter("status = aborted and project = d\(number)"), on: [.changed])
                ) { notes.add($0.event.project ?? "") }
            }
            // Many enough for a batch that begins with what is wanted and goes on with what is not.
            for number in 0..<60 {
                let event = Event(topic: "a.b", project: "d\(number % 20)", status: .pending, orderingKey: "k")
                let published = try await bench.publisher.publish(event)
                guard number < 20 else { continue }
                let reference = try #require(published.reference)
                try await bench.publisher.change(reference, EventChange(status: .aborted))
            }
            try await bench.drain(processor)
            #expect(notes.all == ["d0", "d1", "d2"])
            let statistics = try #require(await processor.statistics)
            #expect(statistics.read == 80 && statistics.matched == 3 && statistics.delivered == 3)
        }
    }

    @Test func `which records a processor wants is told by their headers`() async throws {
        let table = CallbackTable(batchSize: 100, connections: nil)
        try table.add(EventMatch(filter: try Filter("project = demo")), id: nil, .each { _ in })
        try table.add(EventMatch(filter: try Filter("payload.a = 1")), id: nil, .each { _ in })
        func stored(_ event: Event) -> StoredRecord {
            StoredRecord(
                offset: 0, time: Timestamp(microseconds: 0), record: RecordEncoder.encode(created: event, actor: nil))
        }
        let wanted = stored(Event(topic: "a.b", project: "demo"))
        let other = stored(Event(topic: "a.b", project: "other"))
        let json = Payload(contentType: Payload.json, bytes: Array(#"{"a": 1}"#.utf8))
        let payload = stored(Event(topic: "a.b", payload: json))
        let unreadable = StoredRecord(
            offset: 0, time: Timestamp(microseconds: 0), record: Record(key: nil, value: [1], headers: RecordHeaders()))
        #expect(table.wants([wanted, other, payload, unreadable]) == [true, false, true, true])
        // Where all are wanted there is nothing to be gained.
        let many = Array(repeating: wanted, count: 20)
        #expect(table.wants(many + [other]) == Array(repeating: true, count: 21))
        #expect(table.wants([other] + many + [other]) == [false] + Array(repeating: true, count: 20) + [false])
    }

    @Test func `what no event can match is refused when it is registered`() async throws {
        try await RegistrationBench.run { bench in
            let processor = bench.processor()
            for type in ["job", "data_node", "CYCLE", "submission"] {
                #expect(throws: EntityRules.Violation.invalidOperation) {
                    try processor.onEvent(EventMatch(entityType: type, operation: .submission)) { _ in }
                }
            }
            #expect(throws: EntityRules.Violation.invalidAttributeName) {
                try processor.onEvent(
                    EventMatch(entityType: "job", operation: .creation, attributeName: "status")
                ) { _ in }
            }
            // Taipy accepts both of these.
            try processor.onEvent(
                EventMatch(
                    entityType: "job", operation: .creation, attributeName: "status", attributeRule: .lax)
            ) { _ in }
            try processor.onEvent(EventMatch(operation: .submission)) { _ in }
            #expect(processor.callbacks == ["#1", "#2"])
        }
    }

    @Test func `callbacks come and go while it runs, and that holds at once`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = bench.processor()
            try await processor.start()
            try processor.onEvent(id: "a") { notes.add("a \($0.event.description)") }
            try await bench.publish("a.b", "1", key: "k")
            try await notes.reached(1)
            try processor.onEvent(id: "b") { notes.add("b \($0.event.description)") }
            try await bench.publish("a.b", "2", key: "k")
            try await notes.reached(3)
            #expect(processor.remove("a"))
            #expect(!processor.remove("a"))
            try await bench.publish("a.b", "3", key: "k")
            try await notes.reached(4)
            // It takes the place of the one before, behind all others.
            try processor.onEvent(id: "c") { notes.add("c \($0.event.description)") }
            try processor.onEvent(id: "b") { notes.add("new b \($0.event.description)") }
            try await bench.publish("a.b", "4", key: "k")
            try await notes.reached(6)
            await processor.stop()
            #expect(notes.all == ["a 1", "a 2", "b 2", "b 3", "c 4", "new b 4"])
            #expect(processor.callbacks == ["c", "b"])
        }
    }

    @Test func `one that is removed by a callback before it is not run for the same event`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = bench.processor()
            try processor.onEvent { [weak processor] _ in
                notes.add("first")
                processor?.remove("second")
            }
            try processor.onEvent(id: "second") { _ in notes.add("second") }
            try await bench.publish("a.b", "1")
            try await bench.drain(processor)
            #expect(notes.all == ["first"])
        }
    }

    @Test func `one that fails is tried again alone, and in the end the event is a dead letter`() async throws {
        try await RegistrationBench.run { bench in
            let (notes, tries) = (Notes(), Counter())
            let processor = try bench.processor()
                .onEvent(id: "good") { notes.add("good \($0.event.description)") }
                .onEvent(id: "late") { delivery in
                    if delivery.event.description == "2", tries.next() < 3 { throw Refusal() }
                    notes.add("late \(delivery.event.description)")
                }
                .onEvent(id: "bad") { delivery in
                    if delivery.event.description == "3" { throw Refusal() }
                }
                .onEvent(id: "last") { notes.add("last \($0.event.description)") }
            try await bench.publish("a.b", "1", "2", "3", "4", key: "k")
            try await processor.start()
            try await notes.has("last 4")
            try await bench.caughtUp("p")
            await processor.stop()
            #expect(
                notes.all == [
                    "good 1", "late 1", "last 1", "good 2", "last 2", "late 2", "good 3", "late 3", "last 3", "good 4",
                    "late 4", "last 4",
                ])
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "p")
            #expect(letters.map(\.error) == ["callback bad: Refusal()"])
        }
    }

    @Test func `a failing condition follows the failure policy, too`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor()
                .onEvent(id: "odd", where: { if $0.description == "2" { throw Refusal() } else { true } }) {
                    notes.add("odd \($0.event.description)")
                }
                .onEvent { notes.add($0.event.description) }
            try await bench.publish("a.b", "1", "2", "3", key: "k")
            try await processor.start()
            try await notes.has("3")
            try await bench.caughtUp("p")
            await processor.stop()
            #expect(notes.all == ["odd 1", "1", "2", "odd 3", "3"])
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "p")
            #expect(letters.map(\.error) == ["callback odd: Refusal()"])
        }
    }

    @Test func `one that gives up does not end the tries of another; a redriven letter is for those that failed`()
        async throws
    {
        try await RegistrationBench.run { bench in
            let (notes, tries, mended) = (Notes(), Counter(), Watched())
            let processor = try bench.processor()
                .onEvent(id: "permanent") { _ in
                    notes.add("permanent")
                    if !mended.value { throw HandlerFailure.permanent("no") }
                }
                .onEvent(id: "late") { _ in
                    if tries.next() < 3 { throw Refusal() }
                    notes.add("late")
                }
            try await processor.start()
            try await bench.publish("a.b", "1")
            try await notes.has("late")
            while bench.registrations.deadLetters.count(of: try bench.registrations.get("p").id) == 0 {
                await Task.yield()
            }
            #expect(notes.all == ["permanent", "late"])
            let letters = try await bench.registrations.letters(of: "p")
            #expect(letters.map(\.error) == ["callback permanent: no"])
            mended.fire()
            try await bench.registrations.redrive("p")
            try await notes.reached(3)
            await processor.stop()
            #expect(notes.all == ["permanent", "late", "permanent"])
        }
    }

    @Test func `one that hangs is given up, and those before it are not run again`() async throws {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.attemptTimeout = .milliseconds(50)
            policy.maximumAttempts = 2
            let notes = Notes()
            let processor = try bench.processor(policy)
                .onEvent { _ in notes.add("first") }
                .onEvent(id: "hangs") { _ in
                    notes.add("hangs")
                    await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                }
            try await bench.publish("a.b", "1")
            try await processor.start()
            try await notes.reached(3)
            try await bench.caughtUp("p")
            await processor.stop()
            #expect(notes.all == ["first", "hangs", "hangs"])
        }
    }

    @Test func `in batches a callback gets many at once, and what is done is not done again`() async throws {
        try await RegistrationBench.run { bench in
            let (notes, tries) = (Notes(), Counter())
            let processor = try bench.processor(batchSize: 100)
                .onEvents { deliveries in notes.add("batch of \(deliveries.count)") }
                .onEvent { delivery in
                    if delivery.event.description == "2", tries.next() < 2 { throw Refusal() }
                    notes.add(delivery.event.description)
                }
                .onEvent { if $0.event.description != "2" { notes.add("last \($0.event.description)") } }
            try await bench.publish("a.b", "1", "2", "3", key: "k")
            try await bench.drain(processor)
            // 3 waits for 2, for both callbacks; in its batch the first one had got all of them.
            #expect(notes.all == ["batch of 3", "1", "last 1", "2", "3", "last 3"])
        }
    }

    @Test func `changes of an event are for callbacks that ask for them`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor(on: [.created, .changed])
                .onEvent { notes.add("created \($0.event.status.rawValue)") }
                .onEvent(EventMatch(on: [.changed])) { notes.add("changed \($0.event.status.rawValue)") }
            let event = try await bench.publisher.publish(Event(topic: "a.b", status: .pending))
            try await bench.publisher.change(try #require(event.reference), EventChange(status: .finished))
            try await bench.drain(processor)
            #expect(notes.all == ["created pending", "changed finished"])
        }
    }

    @Test func `a processor may be started again, and its callbacks stay`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor().onEvent { notes.add($0.event.description) }
            for round in 1...3 {
                try await bench.publish("a.b", "\(round)", key: "k")
                try await bench.drain(processor)
            }
            #expect(notes.all == ["1", "2", "3"])
        }
    }

    @Test func `callbacks are added and removed by many tasks while events arrive`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor().onEvent { notes.add($0.event.description) }
            try await processor.start()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        for turn in 0..<200 {
                            try processor.onEvent(EventMatch(entityId: "\(turn)"), id: "\(task) \(turn)") { _ in }
                            if turn.isMultiple(of: 2) { processor.remove("\(task) \(turn)") }
                        }
                    }
                }
                group.addTask { try await bench.publish("a.b", (0..<200).map { "\($0)" }) }
                try await group.waitForAll()
            }
            try await notes.reached(200)
            await processor.stop()
            #expect(Set(notes.all).count == 200)
            #expect(processor.callbacks.count == 401)
        }
    }
}
