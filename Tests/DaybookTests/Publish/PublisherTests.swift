import Daybook
import DaybookTesting
import LosslessJSON
import Testing

struct PublisherTests {
    private let log: MemoryLog
    private let catalog: StreamCatalog
    private let publisher: Publisher

    init() async throws {
        log = MemoryLog(store: MemoryStore(maximumRecordBytes: 4096))
        catalog = try await StreamCatalog.open(log: log)
        publisher = Publisher(catalog: catalog, actor: "ann")
    }

    private func stored(_ family: String) async throws -> [(position: Position, record: EventRecord)] {
        guard let stream = catalog.specification(named: "daybook.\(family)") else { return [] }
        return try await log.everything(in: stream)
    }

    @Test func `an event is acknowledged with where it lies`() async throws {
        let event = Event(topic: "git.commit.created", user: "bob", payload: Payload(bytes: [1]))
        let published = try await publisher.publish(event)
        #expect(published.id == event.id)
        #expect(published.position.stream == "daybook.git" && published.position.offset == 0)
        #expect(
            published.reference == EventReference(event: event, created: published.position, last: published.position))
        let all = try await stored("git")
        #expect(all.map(\.position) == [published.position])
        #expect(
            all.first?.record
                == EventRecord(operation: .created, recordID: event.id.description, event: event, actor: "ann"))
        let record = try await log.records(at: [published.position])[0]
        #expect(record?.time == published.time)
    }

    @Test func `the partition is that of the ordering key, else of the id`() async throws {
        for number in 0..<50 {
            let keyed = try await publisher.publish(Event(topic: "a", orderingKey: "key \(number)"))
            #expect(
                keyed.position.partition.partition
                    == Partitioner.partition(of: "key \(number)".utf8, partitions: 8))
            let plain = try await publisher.publish(Event(topic: "a"))
            #expect(
                plain.position.partition.partition
                    == Partitioner.partition(of: plain.id.description.utf8, partitions: 8))
        }
    }

    @Test func `items of one batch with one key keep their order`() async throws {
        let events = (0..<200).map { Event(topic: "a", description: "\($0)", orderingKey: "key \($0 % 3)") }
        let results = await publisher.publish(events)
        #expect(try results.map { try $0.get().id } == events.map(\.id))
        let records = try await stored("a").map(\.record)
        for key in 0..<3 {
            let numbers = records.filter { $0.event.orderingKey == "key \(key)" }.map(\.event.description)
            #expect(numbers == (0..<200).filter { $0 % 3 == key }.map(String.init))
        }
    }

    @Test func `changes and deletions go to the partition of the event's first record`() async throws {
        let published = try await publisher.publish(Event(topic: "a"))
        var reference = try #require(published.reference)
        // As if the stream had other partitions when it was made: hashing again would lead elsewhere.
        reference.created = Position(StreamPartition("daybook.a", (published.position.partition.partition + 1) % 8), 0)
        let changed = try await publisher.change(reference, EventChange(status: .failed, user: "eve"))
        let deleted = try await publisher.delete(reference)
        #expect(changed.position.partition == reference.created.partition)
        #expect(deleted.position.partition == reference.created.partition && deleted.reference == nil)
        let records = try await stored("a").map(\.record).filter { $0.operation != .created }
        #expect(records.map(\.operation) == [.changed, .deleted])
        #expect(records[0].changes == [.status, .user] && records[0].event.user == "eve")
        #expect(changed.reference?.event.status == .failed && changed.reference?.last == changed.position)
        #expect(records.allSatisfy { $0.recordID.hasPrefix("\(published.id).") })
        #expect(Set(records.map(\.recordID)).count == 2)
    }

    @Test func `a tick of progress is a signal that knows what it is about`() async throws {
        let reference = try #require(try await publisher.publish(Event(topic: "a", status: .inProgress)).reference)
        let tick = try await publisher.change(reference, EventChange(progress: 50))
        #expect(tick.position.stream == "daybook.signals")
        #expect(tick.reference?.last == reference.last && tick.reference?.event.progress == 50)
        #expect(try await stored("a").count == 1)
        let signals = try await log.everything(in: catalog.layout.signals)
        #expect(signals.count == 1)
        #expect(signals.first?.record.basis == reference.last)
        #expect(signals.first?.record.changes == .progress)
    }

    @Test func `an event that is not to be stored is a signal`() async throws {
        let event = Event(topic: "chat.typing")
        let sent = try await publisher.write([.signal(event)])[0].get()
        #expect(sent.position.stream == "daybook.signals" && sent.reference == nil && sent.id == event.id)
        #expect(catalog.historyStreams.isEmpty, "nothing was made for its family")
        #expect(try await log.everything(in: catalog.layout.signals).map(\.record.event) == [event])
    }

    @Test func `what an entity topic tells is filled in`() async throws {
        let published = try await publisher.publish(Event(topic: "entity.task.status_changed"))
        let expected = EntityChange(type: "task", operation: .update, attributeName: "status")
        #expect(published.reference?.event.entity == expected)
        #expect(try await stored("entity").first?.record.event.entity == expected)
    }

    @Test func `a bad item is refused alone`() async throws {
        var writes = (0..<100).map { EventWrite.create(Event(topic: "a", description: "\($0)")) }
        writes[7] = .create(Event(topic: "not a topic"))
        writes[50] = .create(Event(topic: "a", progress: 101))
        writes[99] = .create(Event(topic: "a", payload: Payload(bytes: Array(repeating: 0, count: 5000))))
        let results = await publisher.write(writes)
        #expect(results.indices.filter { (try? results[$0].get()) == nil } == [7, 50, 99])
        guard case .failure(.invalid(let invalid)) = results[7] else { return #expect(Bool(false), "\(results[7])") }
        #expect(invalid.problems.map(\.field) == ["topic"])
        guard case .failure(.log(.tooLarge)) = results[99] else { return #expect(Bool(false), "\(results[99])") }
        #expect(try await stored("a").count == 97)
    }

    @Test func `an atomic batch is stored whole or not at all`() async throws {
        let good = EventWrite.create(Event(topic: "a"))
        for bad in [
            EventWrite.create(Event(topic: "not a topic")), .create(Event(topic: "a", hash: "h")),
            .create(Event(topic: "b", payload: Payload(bytes: Array(repeating: 0, count: 5000)))),
        ] {
            let results = await publisher.write([good, bad, good], atomically: true)
            #expect(results.allSatisfy { (try? $0.get()) == nil })
            #expect(try await stored("a").isEmpty)
        }
        let refused = await publisher.write([good, .create(Event(topic: "?")), good], atomically: true)
        #expect(refused[0] == .failure(.batchAborted) && refused[2] == .failure(.batchAborted))
        guard case .failure(.invalid) = refused[1] else { return #expect(Bool(false), "\(refused[1])") }

        let reference = try #require(try await publisher.publish(Event(topic: "c", status: .pending)).reference)
        let results = await publisher.write(
            [good, .create(Event(topic: "b")), .change(reference, EventChange(status: .finished)), .delete(reference)],
            atomically: true)
        #expect(results.allSatisfy { (try? $0.get()) != nil })
        #expect(try await stored("a").count == 1)
        #expect(try await stored("b").count == 1)
        #expect(try await stored("c").map(\.record.operation) == [.created, .changed, .deleted])
        #expect(await publisher.write([], atomically: true).isEmpty)
    }

    @Test func `a transaction publishes when its body returns, in order`() async throws {
        let reference = try #require(try await publisher.publish(Event(topic: "a", orderingKey: "k")).reference)
        let (outcome, published) = try await publisher.transaction(actor: "eve") { scope in
            scope.publish(Event(topic: "a", description: "1", orderingKey: "k"))
            scope.change(reference, EventChange(status: .failed))
            scope.delete(reference)
            let before = try await stored("a").count
            #expect(before == 1, "nothing before the end")
            return 7
        }
        #expect(outcome == 7 && published.count == 3)
        let records = try await stored("a").map(\.record)
        #expect(records.map(\.operation) == [.created, .created, .changed, .deleted])
        #expect(records.map(\.actor) == ["ann", "eve", "eve", "eve"])
        #expect(try await stored("a").map(\.position).suffix(3) == published.map(\.position)[...])
    }

    @Test func `a transaction that throws publishes nothing`() async throws {
        struct Failure: Error {}
        await #expect(throws: Failure.self) {
            try await publisher.transaction { scope in
                scope.publish(Event(topic: "a"))
                throw Failure()
            }
        }
        let refused = await #expect(throws: PublishError.self) {
            try await publisher.transaction { scope in
                scope.publish(Event(topic: "a"))
                scope.publish(Event(topic: "a", progress: -1))
            }
        }
        guard case .invalid = refused else { return #expect(Bool(false), "the reason, not what it did to others") }
        #expect(try await stored("a").isEmpty)
        #expect(try await publisher.transaction { _ in 1 }.published.isEmpty)
    }

    @Test func `writes that concern a hash are refused without an arbiter`() async throws {
        let hashed = Event(topic: "a", hash: "h")
        let reference = EventReference(
            event: hashed, created: Position(StreamPartition("daybook.a", 0), 0),
            last: Position(StreamPartition("daybook.a", 0), 0))
        let results = await publisher.write([
            .create(hashed), .change(reference, EventChange(user: "x")), .delete(reference), .signal(hashed),
        ])
        for result in results[..<3] { #expect(result == .failure(.noArbiter)) }
        #expect((try? results[3].get()) != nil, "a signal is not stored, so its hash claims nothing")
        #expect(catalog.historyStreams.isEmpty)
    }

    @Test func `a bad change is refused`() async throws {
        let reference = try #require(try await publisher.publish(Event(topic: "a")).reference)
        let refused = await #expect(throws: PublishError.self) {
            try await publisher.change(reference, EventChange(progress: 101))
        }
        #expect(refused == .invalid(InvalidEvent([FieldProblem("progress", "bad_value", "must be from 0 to 100")])))
        #expect(try await stored("a").count == 1)
    }

    @Test func `limits are the publisher's`() async throws {
        var limits = EventLimits()
        limits.payload = 2
        let strict = Publisher(catalog: catalog, limits: limits)
        await #expect(throws: PublishError.self) {
            try await strict.publish(Event(topic: "a", payload: Payload(bytes: [1, 2, 3])))
        }
        try await strict.publish(Event(topic: "a", payload: Payload(bytes: [1, 2])))
        #expect(try await stored("a").map(\.record.actor) == [nil])
    }

    @Test func `a closed log is reported for each item`() async throws {
        try await publisher.publish(Event(topic: "a"))
        try await log.close()
        let results = await publisher.publish([Event(topic: "a"), Event(topic: "new"), Event(topic: "?")])
        #expect(results[0] == .failure(.log(.closed)) && results[1] == .failure(.log(.closed)))
        guard case .failure(.invalid) = results[2] else { return #expect(Bool(false)) }
        #expect(await publisher.write([.create(Event(topic: "a"))], atomically: true)[0] == .failure(.log(.closed)))
    }

    @Test func `a publisher that was fenced begins anew`() async throws {
        let first = Publisher(catalog: catalog, transactionalID: "p")
        let second = Publisher(catalog: catalog, transactionalID: "p")
        let write = { EventWrite.create(Event(topic: "a")) }
        #expect((try? await first.write([write()], atomically: true)[0].get()) != nil)
        #expect((try? await second.write([write()], atomically: true)[0].get()) != nil)
        #expect(await first.write([write()], atomically: true)[0] == .failure(.log(.fenced)))
        #expect((try? await first.write([write()], atomically: true)[0].get()) != nil)
        #expect(try await stored("a").count == 3)
        await first.close()
        await second.close()
        await second.close()
    }

    @Test func `many tasks publish at once`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { [publisher] in
                    for number in 0..<50 {
                        let event = Event(
                            topic: "f\(task % 3).x", description: "\(number)", orderingKey: "task \(task)")
                        if number % 10 == 0 {
                            _ = try await publisher.transaction { $0.publish(event) }
                        } else {
                            try await publisher.publish(event)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let records = try await (0..<3).asyncFlatMap { try await stored("f\($0)").map(\.record) }
        #expect(records.count == 400 && Set(records.map(\.event.id)).count == 400)
        for task in 0..<8 {
            let numbers = records.filter { $0.event.orderingKey == "task \(task)" }.map(\.event.description)
            #expect(numbers == (0..<50).map(String.init), "acknowledged before the next was sent, so read before it")
        }
    }
}

extension Sequence {
    fileprivate func asyncFlatMap<Element>(
        _ transform: (Self.Element) async throws -> [Element]
    ) async rethrows -> [Element] {
        var all: [Element] = []
        for element in self { all += try await transform(element) }
        return all
    }
}
