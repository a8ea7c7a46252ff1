import Daybook
import DaybookTesting
import Testing

struct ReplayTests {
    private let log = MemoryLog()
    private let catalog: StreamCatalog
    private let publisher: Publisher

    init() async throws {
        catalog = try await StreamCatalog.open(log: log)
        publisher = Publisher(catalog: catalog)
    }

    @discardableResult
    private func publish(_ topic: String, _ count: Int, key: String? = nil) async throws -> [Published] {
        try await publisher.publish((0..<count).map { Event(topic: topic, description: "\($0)", orderingKey: key) })
            .map { try $0.get() }
    }

    private func ids(_ request: Replay.Request) async throws -> [EventID] {
        var found: [EventID] = []
        try await Replay(catalog: catalog, request: request).run { batch in
            found += try batch.records.map { try RecordDecoder.decode($0.record).event.id }
        }
        return found
    }

    @Test func `reads everything there is`() async throws {
        #expect(try await ids(Replay.Request()).isEmpty)
        let all = try await publish("git.commit", 300) + publish("web.login", 300)
        let found = try await ids(Replay.Request())
        #expect(found.count == 600 && Set(found) == Set(all.map(\.id)))
    }

    @Test func `reads the topics that were asked for`() async throws {
        let commits = try await publish("git.commit", 20)
        let tags = try await publish("git.tag", 20)
        try await publish("web.login", 20)
        let patterns = try ["git.t*", "*.commit"].map { try #require(TopicPattern($0)) }
        #expect(try await Set(ids(Replay.Request(topics: [patterns[0]]))) == Set(tags.map(\.id)))
        #expect(try await Set(ids(Replay.Request(topics: patterns))) == Set((commits + tags).map(\.id)))
        #expect(try await ids(Replay.Request(topics: [#require(TopicPattern("none"))])).isEmpty)
    }

    @Test func `reads a stretch of log time`() async throws {
        let all = try await publish("git.commit", 100)
        let times = all.compactMap(\.time).sorted()
        let (from, to) = (times[30], times[70])
        let wanted = all.filter { ($0.time ?? to) >= from && ($0.time ?? to) < to }.map(\.id)
        #expect(try await Set(ids(Replay.Request(start: .time(from), end: .time(to)))) == Set(wanted))
        #expect(try await ids(Replay.Request(start: .time(to), end: .time(from))).isEmpty)
        #expect(try await ids(Replay.Request(start: .latest)).isEmpty)
    }

    @Test func `goes on where it was interrupted, without loss or repeat`() async throws {
        struct Interrupted: Error {}
        let all = try await publish("git.commit", 500) + publish("web.login", 500)
        var found: [EventID] = []
        var request = Replay.Request()
        while true {
            do {
                var batches = 0
                try await Replay(catalog: catalog, request: request).run { batch in
                    found += try batch.records.map { try RecordDecoder.decode($0.record).event.id }
                    let text = batch.resume.description
                    request.start = .positions(try #require(PositionVector(text)))
                    batches += 1
                    if batches == 2 { throw Interrupted() }
                }
                break
            } catch is Interrupted {}
        }
        #expect(found.count == 1000 && Set(found) == Set(all.map(\.id)))
        #expect(try await ids(request).isEmpty)
    }

    @Test func `a position that is no longer stored is an error that names it`() async throws {
        let published = try await publish("a", 10, key: "k")
        let partition = published[0].position.partition
        try await log.trim(partition, before: 5)
        let gone = Replay.Request(start: .positions(PositionVector([partition: 3])))
        await #expect(
            throws: LogError.outOfRange(position: Position(partition, 3), available: Watermarks(low: 5, end: 10))
        ) { try await ids(gone) }
        let ahead = Replay.Request(start: .positions(PositionVector([partition: 11])))
        await #expect(throws: LogError.self) { try await ids(ahead) }
        #expect(try await ids(Replay.Request()) == published[5...].map(\.id))
    }

    @Test func `without an end it goes on with what comes, in new streams, too`() async throws {
        let first = try await publish("a.x", 3)
        let seen = Watched<Set<EventID>>([])
        let replay = Task { [catalog] in
            try await Replay(catalog: catalog, request: Replay.Request(end: .never)).run { batch in
                for record in batch.records {
                    let id = try RecordDecoder.decode(record.record).event.id
                    seen.update { _ = $0.insert(id) }
                }
            }
        }
        let later = try await publish("a.x", 3) + publish("b.x", 3)
        let expected = Set((first + later).map(\.id))
        try await withDeadline(what: "all events") { try await seen.when { $0 == expected ? () : nil } }
        replay.cancel()
        await #expect(throws: CancellationError.self) { try await replay.value }
    }

    @Test func `the history of an event is its records in order`() async throws {
        let others = try await publish("a", 5, key: "k")
        let created = try await publisher.publish(Event(topic: "a", status: .pending, orderingKey: "k"))
        let reference = try #require(created.reference)
        let change = EventChange(status: .failed)
        let changed = try await publisher.change(reference, change)
        try await publisher.change(try #require(others[0].reference), EventChange(user: "x"))
        let deleted = try await publisher.delete(reference)
        let history = try await log.history(of: created.id, created: created.position)
        #expect(history.map(\.position) == [created.position, changed.position, deleted.position])
        #expect(history.map(\.record.operation) == [.created, .changed, .deleted])
        #expect(history.map(\.time) == [created.time, changed.time, deleted.time])
        #expect(history[1].record.change == change)
        let part = try await log.history(of: created.id, created: created.position, last: changed.position.offset)
        #expect(part.map(\.position) == [created.position, changed.position])
        try await log.trim(created.position.partition, before: changed.position.offset)
        #expect(try await log.history(of: created.id, created: created.position).count == 2)
        try await log.trim(created.position.partition, before: deleted.position.offset + 1)
        #expect(try await log.history(of: created.id, created: created.position).isEmpty)
    }

    @Test func `foreign CloudEvents have a history, too`() async throws {
        let stream = try await catalog.stream(forTopic: "order.placed")
        let record = StructuredModeTests.record("{\(StructuredModeTests.attributes)}")
        let appended = try await log.append([NewRecord(stream.allPartitions[0], record)])[0].get()
        let id = try RecordDecoder.decode(record).event.id
        #expect(try await log.history(of: id, created: appended.position).map(\.record.event.originalID) == ["A-1"])
        let pattern = try #require(TopicPattern("order.*"))
        #expect(try await ids(Replay.Request(topics: [pattern])) == [id])
    }
}
