import Daybook
import DaybookTesting
import Testing

@testable import DaybookIndex

@Suite struct ModelTests {
    @Test(arguments: 0..<6)
    func holdsWhatThePlainModelHolds(seed: UInt64) async throws {
        let script = ScriptedLog(seed: seed, records: 800)
        let index = EventIndex()
        var model = NaiveIndex()
        for (at, batch) in script.shuffled(seed: seed).enumerated() {
            await index.apply(batch)
            model.apply(batch)
            if at % 60 == 0 { try compare(index, model, script.ids) }
        }
        try compare(index, model, script.ids)
        #expect(index.positions.offsets == model.next)
        let counters = index.statistics.fold
        #expect(counters.created == model.counters.created)
        #expect(counters.changed == model.counters.changed)
        #expect(counters.deleted == model.counters.deleted)
        #expect(counters.ignoredDuplicates == model.counters.ignoredDuplicates)
        #expect(counters.ignoredUnknown == model.counters.ignoredUnknown)
        #expect(counters.invalid.values.reduce(0, +) == model.counters.invalid.values.reduce(0, +))
    }

    private func compare(_ index: EventIndex, _ model: NaiveIndex, _ ids: [EventID]) throws {
        let visible = model.visible
        #expect(index.statistics.events == visible.count)
        for id in Set(ids).union(visible.keys) {
            let (found, wanted) = (index.event(id), visible[id])
            if found != wanted {
                Issue.record("\(id): \(String(describing: found)) is not \(String(describing: wanted))")
            }
        }
    }

    @Test(arguments: 0..<6)
    func answersWhatThePlainModelAnswers(seed: UInt64) async throws {
        let script = ScriptedLog(seed: 100 + seed, records: 800)
        let index = EventIndex()
        var model = NaiveIndex()
        var generator = SeededGenerator(seed: seed)
        for (at, batch) in script.shuffled(seed: seed).enumerated() {
            await index.apply(batch)
            model.apply(batch)
            guard at % 40 == 39 else { continue }
            let places = model.visible.values.sorted(by: NaiveIndex.queryOrder).map(\.place)
            for _ in 0..<12 {
                let query = try randomQuery(&generator, script, places)
                let wanted = model.matches(query).map(\.event.id)
                var found: [EventID] = []
                var page = try await index.query(query)
                found += page.events.map(\.event.id)
                while let cursor = page.nextCursor {
                    #expect(page.count == query.limit)
                    var next = query
                    next.cursor = try QueryCursor(cursor.description)
                    page = try await index.query(next)
                    #expect(!page.isEmpty, "\(query)")
                    found += page.events.map(\.event.id)
                }
                #expect(found == wanted, "\(query)")
                #expect(page.positions.offsets == model.next)
            }
        }
    }

    private func randomQuery(
        _ generator: inout SeededGenerator, _ script: ScriptedLog, _ places: [QueryCursor]
    ) throws -> EventQuery {
        var query = EventQuery()
        query.order = generator.pick(EventQuery.Order.allCases)
        query.limit = generator.pick([1, 3, 10, 1000])
        if generator.chance(0.4) {
            let patterns = ["*", "entity.*", "git.commit", "*.b*", "*created", "nothing.*", "job.run", "log.info"]
            query.topics = (0..<Int.random(in: 1...2, using: &generator)).compactMap { _ in
                TopicPattern(generator.pick(patterns))
            }
        }
        if generator.chance(0.4) { query.statuses = [generator.pick(EventStatus.allCases), .failed] }
        if generator.chance(0.3) { query.projects = ["demo", generator.pick(["Über", "unknown", ""])] }
        if generator.chance(0.3) { query.users = [generator.pick(["ann", "Bob", "nobody"])] }
        if generator.chance(0.2) { query.senders = [generator.pick(["worker-1", "host/process 7%", "/one"])] }
        if generator.chance(0.2) { query.dependsOn = (0..<5).map { _ in generator.pick(script.ids) } }
        if generator.chance(0.2) { query.hashes = ["hash-1", "hash-7", "none"] }
        if generator.chance(0.1) { query.ids = (0..<50).map { _ in generator.pick(script.ids) } }
        if generator.chance(0.2) { query.excludedTopics = ["log.*", "*a*"].compactMap { TopicPattern($0) } }
        if generator.chance(0.2) { query.hasChildren = generator.chance(0.5) }
        if generator.chance(0.2) {
            query.filter = try Filter(
                generator.pick(["progress >= 50", "sender is null or retries > 1", "topic = *.created"]))
        }
        if !places.isEmpty, generator.chance(0.2) { query.after = generator.pick(places) }
        if !places.isEmpty, generator.chance(0.2) { query.before = generator.pick(places) }
        let base: Int64 = 1_700_000_000_000_000
        if generator.chance(0.2) {
            query.newerThan = Timestamp(microseconds: base + Int64.random(in: -500...900, using: &generator))
        }
        if generator.chance(0.2) {
            query.olderThan = Timestamp(microseconds: base + Int64.random(in: -500...900, using: &generator))
        }
        if generator.chance(0.3) {
            query.text = generator.pick(["FOLDER", "äpfel birnen", "shot demo", "σίσυφος", "e t", "zzz", "  ", "ann"])
        }
        return query
    }
}
