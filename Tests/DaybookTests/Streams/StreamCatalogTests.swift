import Daybook
import DaybookTesting
import Testing

struct StreamCatalogTests {
    private let log = MemoryLog()

    private func open(_ layout: StreamLayout = StreamLayout()) async throws -> StreamCatalog {
        try await StreamCatalog.open(log: log, layout: layout)
    }

    private func rule(
        _ pattern: String, _ stream: String, partitions: Int32? = nil, retention: Duration? = nil
    ) throws -> StreamRule {
        StreamRule(
            pattern: try #require(TopicPattern(pattern)), stream: stream, partitions: partitions, retention: retention)
    }

    @Test func `a family gets a stream when its first event comes`() async throws {
        let catalog = try await open()
        #expect(catalog.historyStreams.isEmpty)
        #expect(catalog.existingStream(forTopic: "git.commit.created") == nil)
        let stream = try await catalog.stream(forTopic: "git.commit.created")
        #expect(stream == StreamSpecification(name: "daybook.git", partitions: 8))
        #expect(catalog.existingStream(forTopic: "git.tag.created") == stream)
        #expect(try await catalog.stream(forTopic: "git") == stream)
        #expect(catalog.historyStreams == [stream])
        #expect(try await log.streams()["daybook.git"] == stream)
        #expect(
            Set(try await log.streams().keys) == ["daybook.git", "daybook.catalog", "daybook.signals"])
    }

    @Test func `signals are found by name, unknown streams are not`() async throws {
        let catalog = try await open()
        #expect(catalog.specification(named: "daybook.signals") == catalog.layout.signals)
        #expect(catalog.specification(named: "daybook.git") == nil)
        _ = try await catalog.stream(forTopic: "git")
        #expect(catalog.specification(named: "daybook.git")?.partitions == 8)
    }

    @Test func `families beyond the bound share a stream, those that have one keep it`() async throws {
        let catalog = try await open(StreamLayout(maximumFamilies: 3))
        for family in ["a", "b", "c"] {
            #expect(try await catalog.stream(forTopic: "\(family).x").name == "daybook.\(family)")
        }
        #expect(try await catalog.stream(forTopic: "d.x").name == "daybook.other")
        #expect(try await catalog.stream(forTopic: "e.x").name == "daybook.other")
        #expect(try await catalog.stream(forTopic: "c.y").name == "daybook.c")
        #expect(catalog.historyStreams.map(\.name) == ["daybook.a", "daybook.b", "daybook.c", "daybook.other"])
        let again = try await open(StreamLayout(maximumFamilies: 3))
        #expect(try await again.stream(forTopic: "d.x").name == "daybook.other")
        #expect(try await again.stream(forTopic: "a.x").name == "daybook.a")
    }

    @Test func `the bound is 64 unless set`() async throws {
        let catalog = try await open()
        for number in 0..<70 { _ = try await catalog.stream(forTopic: "family\(number).x") }
        #expect(catalog.historyStreams.count == 65)
        #expect(try await catalog.stream(forTopic: "family63.x").name == "daybook.family63")
        #expect(try await catalog.stream(forTopic: "family64.x").name == "daybook.other")
    }

    @Test func `streams of rules do not count as families`() async throws {
        let rules = [try rule("x.*", "one"), try rule("y.*", "two")]
        let catalog = try await open(StreamLayout(rules: rules, maximumFamilies: 2))
        #expect(try await catalog.stream(forTopic: "a").name == "daybook.a")
        #expect(try await catalog.stream(forTopic: "b").name == "daybook.b")
        #expect(try await catalog.stream(forTopic: "c").name == "daybook.other")
    }

    @Test func `Daybook's own names and very long ones are no families`() async throws {
        let catalog = try await open()
        for family in StreamLayout.reservedNames {
            #expect(try await catalog.stream(forTopic: "\(family).x").name == "daybook.other")
        }
        #expect(
            try await catalog.stream(forTopic: String(repeating: "f", count: 151)).name == "daybook.other")
        let longest = String(repeating: "f", count: 150)
        #expect(try await catalog.stream(forTopic: longest).name == "daybook.\(longest)")
    }

    @Test func `the first rule that matches counts`() async throws {
        let rules = [
            try rule("git.tag.*", "tags", partitions: 1, retention: .seconds(3600)), try rule("git.*", "code.git"),
            try rule("*.login", "audit", partitions: 3),
        ]
        let catalog = try await open(StreamLayout(prefix: "my.log", rules: rules, partitions: 5))
        #expect(
            catalog.historyStreams == [
                StreamSpecification(name: "my.log.audit", partitions: 3),
                StreamSpecification(name: "my.log.code.git", partitions: 5),
                StreamSpecification(
                    name: "my.log.tags", partitions: 1, cleanup: .delete(retention: .seconds(3600))),
            ], "streams of rules are there from the start")
        #expect(catalog.existingStream(forTopic: "git.tag.created")?.name == "my.log.tags")
        #expect(catalog.existingStream(forTopic: "git.commit")?.name == "my.log.code.git")
        #expect(catalog.existingStream(forTopic: "git.login")?.name == "my.log.code.git")
        #expect(catalog.existingStream(forTopic: "web.login")?.name == "my.log.audit")
        #expect(try await catalog.stream(forTopic: "web.logout").name == "my.log.web")
        #expect(try await log.streams()["my.log.tags"]?.cleanup == .delete(retention: .seconds(3600)))
    }

    @Test func `layouts that cannot be are refused before anything is made`() async throws {
        let layouts = [
            (StreamLayout(prefix: ""), "prefix"), (StreamLayout(prefix: "a b"), "prefix"),
            (StreamLayout(prefix: ".."), "prefix"), (StreamLayout(partitions: 0), "1 to 10000"),
            (StreamLayout(partitions: 10_001), "1 to 10000"),
            (StreamLayout(rules: [try rule("a.*", "a/b")]), "a/b"),
            (StreamLayout(rules: [try rule("a.*", "signals")]), "Daybook's own"),
            (StreamLayout(rules: [try rule("a.*", "dead-letters")]), "Daybook's own"),
            (StreamLayout(rules: [try rule("a.*", "b", partitions: 0)]), "rule for a.*"),
        ]
        for (layout, reason) in layouts {
            let conflict = await #expect(throws: LayoutConflict.self) { try await open(layout) }
            #expect(conflict?.reason.contains(reason) == true, "\(conflict?.reason ?? "")")
        }
        #expect(try await log.streams().isEmpty)
    }

    @Test func `the number of partitions a stream was made with stays`() async throws {
        let first = try await open(StreamLayout(partitions: 3))
        _ = try await first.stream(forTopic: "git")
        let second = try await open(StreamLayout(partitions: 8))
        #expect(second.existingStream(forTopic: "git")?.partitions == 3)
        #expect(try await second.stream(forTopic: "web").partitions == 8)
        #expect(try await first.stream(forTopic: "web").partitions == 8)
    }

    @Test func `a rule with another number of partitions is a conflict`() async throws {
        _ = try await open(StreamLayout(rules: [try rule("git.*", "code", partitions: 2)]))
        let layout = StreamLayout(rules: [try rule("git.*", "code", partitions: 3)])
        let conflict = await #expect(throws: LayoutConflict.self) { try await open(layout) }
        #expect(
            conflict?.reason
                == "the rule for git.* asks for 3 partitions, but stream daybook.code has 2 already; change the rule")
        _ = try await open(StreamLayout(rules: [try rule("git.*", "code")]))
    }

    @Test func `a stream that the log lost, or that was made anew, is a conflict`() async throws {
        let donor = MemoryLog()
        _ = try await StreamCatalog.open(log: donor, layout: StreamLayout()).stream(forTopic: "git")
        let entry = try await donor.records(in: StreamPartition("daybook.catalog", 0))[0].record
        try await log.createStreams([StreamLayout().catalog])
        _ = try await log.append([NewRecord(StreamPartition("daybook.catalog", 0), entry)])[0].get()
        var conflict = await #expect(throws: LayoutConflict.self) { try await open() }
        #expect(conflict?.reason.contains("names stream daybook.git, which the log does not have") == true)
        try await log.createStreams([StreamSpecification(name: "daybook.git", partitions: 4)])
        conflict = await #expect(throws: LayoutConflict.self) { try await open() }
        #expect(conflict?.reason.contains("made with 8 partitions and now has 4") == true)
    }

    @Test func `entries that later versions write are passed over`() async throws {
        try await log.createStreams([StreamLayout().catalog])
        let catalog = StreamPartition("daybook.catalog", 0)
        for (key, value) in [
            ("topic/git.commit", "{}"), ("stream/x", "no JSON"), ("stream/y", "{}"), ("stream/z", "{\"partitions\":0}"),
            ("stream/u", "{\"partitions\":4294967297}"), ("", "{\"partitions\":1}"),
        ] {
            let record = Record(key: Array(key.utf8), value: Array(value.utf8))
            _ = try await log.append([NewRecord(catalog, record), NewRecord(catalog, Record())])[0].get()
        }
        #expect(try await open().historyStreams.isEmpty)
    }

    @Test func `two servers that make streams at once agree`() async throws {
        let store = MemoryStore()
        let first = try await StreamCatalog.open(log: MemoryLog(store: store))
        let second = try await StreamCatalog.open(log: MemoryLog(store: store))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for catalog in [first, second] {
                for number in 0..<20 {
                    group.addTask {
                        let stream = try await catalog.stream(forTopic: "family\(number).x")
                        #expect(stream == StreamSpecification(name: "daybook.family\(number)", partitions: 8))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(first.historyStreams == second.historyStreams && first.historyStreams.count == 20)
    }

    @Test func `one process writes a stream to the catalog once`() async throws {
        let catalog = try await open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<30 {
                group.addTask { _ = try await catalog.stream(forTopic: "git.n\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(try await log.records(in: StreamPartition("daybook.catalog", 0)).count == 1)
    }

    @Test func `observers are told of the streams there are, and of those that others make`() async throws {
        let store = MemoryStore()
        let mine = try await StreamCatalog.open(log: MemoryLog(store: store))
        let other = try await StreamCatalog.open(log: MemoryLog(store: store))
        _ = try await mine.stream(forTopic: "a")
        var updates = mine.observe().makeAsyncIterator()
        #expect(await updates.next()?.map(\.name) == ["daybook.a"])
        let following = Task { try await mine.follow() }
        _ = try await other.stream(forTopic: "b")
        let seen = try await withDeadline(what: "the stream another server made") {
            var names: [String] = []
            for await streams in mine.observe() {
                names = streams.map(\.name)
                if names.count == 2 { break }
            }
            return names
        }
        #expect(seen == ["daybook.a", "daybook.b"])
        #expect(await updates.next()?.map(\.name) == ["daybook.a", "daybook.b"])
        #expect(mine.existingStream(forTopic: "b.x")?.name == "daybook.b")
        following.cancel()
        try await following.value
    }

    @Test func `following ends when the log is closed`() async throws {
        let catalog = try await open()
        let following = Task { try await catalog.follow() }
        try await log.close()
        try await withDeadline(what: "the end of following") { try await following.value }
    }

    @Test func `any number of topics is mapped`() async throws {
        let catalog = try await open()
        let stream = try await catalog.stream(forTopic: "git")
        for number in 0..<10_050 {
            if catalog.existingStream(forTopic: "git.n\(number)") != stream { Issue.record("git.n\(number)") }
        }
    }
}
