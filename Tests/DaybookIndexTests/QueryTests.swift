import Daybook
import DaybookTesting
import Testing

@testable import DaybookIndex

@Suite struct QueryTests {
    @Test(arguments: ["", "x", "AAAA", "not base64!", "====", String(repeating: "A", count: 60), "é"])
    func cursorsThatNoPageGaveAreRefused(text: String) {
        #expect(throws: QueryError.badCursor) { try QueryCursor(text) }
    }

    @Test func cursorsComeBackAndAreSafeInURLs() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let cursor = QueryCursor(
                order: generator.pick(EventQuery.Order.allCases),
                createdAt: .random(in: .min ... .max, using: &generator),
                createdTime: .random(in: .min ... .max, using: &generator),
                partition: StreamPartition("daybook.ström-1", .random(in: 0...Int32.max, using: &generator)),
                offset: .random(in: 0...Int64.max, using: &generator))
            let text = cursor.description
            #expect(try QueryCursor(text) == cursor)
            #expect(
                text.utf8.allSatisfy {
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0)
                })
            #expect(throws: QueryError.badCursor) { try QueryCursor(String(text.prefix(20))) }
        }
    }

    @Test func aCursorOfTheOtherOrderIsRefused() async throws {
        let index = EventIndex()
        var log = PartitionScript(on: index)
        for _ in 0..<3 { await log.create(Event(topic: "a.b")) }
        var query = EventQuery()
        query.limit = 1
        query.cursor = try await index.query(query).nextCursor
        query.order = .ascending
        await #expect(throws: QueryError.cursorOfOtherOrder) { try await index.query(query) }
    }

    @Test func textsOfTooManyWordsAreRefused() async {
        var query = EventQuery()
        query.text = (0..<33).map(String.init).joined(separator: " ")
        await #expect(throws: QueryError.tooManyWords) { try await EventIndex().query(query) }
    }

    /// Every event that is there from the first page to the last is in exactly one page, whatever happens meanwhile.
    @Test(arguments: EventQuery.Order.allCases)
    func pagesHoldWhileEventsComeAndGo(order: EventQuery.Order) async throws {
        let index = EventIndex()
        var log = PartitionScript(on: index)
        var generator = SeededGenerator(seed: 11)
        var lasting: Set<EventID> = []
        var passing: [Event] = []
        for number in 0..<2000 {
            let event = Event(
                topic: "a.b", status: .pending,
                createdAt: Timestamp(microseconds: Int64.random(in: 0..<300, using: &generator)))
            await log.create(event)
            if number % 2 == 0 { lasting.insert(event.id) } else { passing.append(event) }
        }
        var seen: [EventID] = []
        var query = EventQuery()
        query.order = order
        query.limit = 50
        query.statuses = [.pending, .failed]
        while true {
            let page = try await index.query(query)
            seen += page.events.map(\.event.id)
            guard let cursor = page.nextCursor else { break }
            query.cursor = cursor
            for _ in 0..<20 {
                if !passing.isEmpty { await log.delete(passing.removeLast()) }
                await log.create(
                    Event(
                        topic: "a.b", status: .failed,
                        createdAt: Timestamp(microseconds: Int64.random(in: 0..<300, using: &generator))))
            }
        }
        #expect(seen.count == Set(seen).count)
        #expect(lasting.subtracting(seen).isEmpty)
    }

    @Test func aTopicGivenTwiceIsOneTopic() async throws {
        let index = EventIndex()
        var log = PartitionScript(on: index)
        for topic in ["a.b", "a.c"] { await log.create(Event(topic: topic)) }
        var query = EventQuery()
        query.topics = ["a.b", "a.b"].compactMap { TopicPattern($0) }
        #expect(try await index.query(query).events.map(\.event.topic) == ["a.b"])
        query.topics = ["a.*", "*"].compactMap { TopicPattern($0) }
        #expect(try await index.query(query).count == 2)
    }

    @Test func logsAreLeftOutHoweverManyTopicsThereAre() async throws {
        let index = EventIndex()
        var log = PartitionScript(on: index)
        // More topics than are matched beforehand.
        for number in 0..<1100 { await log.create(Event(topic: "log.n\(number)")) }
        for number in 0..<5 { await log.create(Event(topic: "a.n\(number)")) }
        var query = EventQuery()
        query.order = .ascending
        query.excludedTopics = [TopicPattern("log.*")].compactMap(\.self)
        #expect(try await index.query(query).events.map(\.event.topic) == (0..<5).map { "a.n\($0)" })
        query.excludedTopics = [TopicPattern("none.*")].compactMap(\.self)
        query.limit = 1000
        #expect(try await index.query(query).count == 1000)
    }

    @Test func whatOthersDependOnIsFound() async throws {
        let index = EventIndex()
        var log = PartitionScript(on: index)
        // More of them than are looked up one by one.
        let parents = (0..<4200).map { _ in Event(topic: "a.b") }
        for parent in parents { await log.create(parent) }
        var query = EventQuery()
        query.order = .ascending
        query.hasChildren = true
        for (at, parent) in parents.enumerated() {
            if at == 3 {
                #expect(try await index.query(query).events.map(\.event.id) == parents[..<3].map(\.id))
            }
            await log.create(Event(topic: "c.d", dependsOn: parent.id))
        }
        query.limit = 1000
        #expect(try await index.query(query).events.map(\.event.id) == parents[..<1000].map(\.id))
        query.hasChildren = false
        #expect(try await index.query(query).events.allSatisfy { $0.event.topic == "c.d" })
    }

    @Test func childrenComeInOrder() async throws {
        let index = EventIndex()
        var log = PartitionScript(on: index)
        let parent = Event(topic: "a.b")
        let children = (0..<30).map { _ in Event(topic: "job.run", dependsOn: parent.id) }
        for child in children { await log.create(child) }
        await log.create(parent)
        let first = try await index.children(of: parent.id, limit: 20)
        let second = try await index.children(of: parent.id, limit: 20, cursor: first.nextCursor)
        #expect((first.events + second.events).map(\.event.id) == children.map(\.id))
        #expect(second.nextCursor == nil)
        #expect(try await index.children(of: children[0].id).isEmpty)
    }

    @Test func aViewSaysWhatTheValueSays() async throws {
        let index = EventIndex()
        for batch in ScriptedLog(seed: 5, records: 500).shuffled(seed: 1) { await index.apply(batch) }
        let page = try await index.query(EventQuery())
        #expect(page.count == 100)
        var at = 0
        for event in page.events {
            let topic = index.withEvent(event.event.id) { String(decoding: $0.topic, as: UTF8.self) }
            #expect(topic == event.event.topic)
            at += 1
        }
        var topics: [String] = []
        page.forEach { topics.append(String(decoding: $0.topic, as: UTF8.self)) }
        #expect(topics == page.events.map(\.event.topic))
    }

    @Test func topicsBeyondCountingAreMatchedAsTheyCome() async throws {
        let index = EventIndex()
        var log = PartitionScript(on: index)
        for number in 0..<1500 { await log.create(Event(topic: "many.t\(number)")) }
        var query = EventQuery()
        query.topics = [TopicPattern("many.t*99")].compactMap { $0 }
        query.limit = 1000
        #expect(try await index.query(query).count == 15)
    }
}
