import Daybook
import DaybookTesting
import Logging
import LosslessJSON
import Testing

struct TopicCatalogTests {
    private let store = MemoryStore()

    private func open(_ topics: [TopicEntry] = []) async throws -> StreamCatalog {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try await StreamCatalog.open(log: MemoryLog(store: store), topics: topics, logger: logger)
    }

    private func entry(_ pattern: String, _ description: String = "") throws -> TopicEntry {
        TopicEntry(try #require(TopicPattern(pattern)), description: description)
    }

    // MARK: - Built in

    @Test(
        arguments: [
            ("log.debug", nil), ("log.success", nil), ("log.info", nil),
            ("settings.changed", ["addon_name", "addon_version", "variant", "site_id"]),
            ("settings.deleted", ["addon_name", "addon_version", "variant", "site_id"]),
            ("entity.subset.family_changed", ["entityId", "parentId", "entityPath", "value"]),
            ("entity.folder.created", ["entityId", "parentId"]), ("entity.version.deleted", ["entityId", "parentId"]),
            ("entity.task.assignees_changed", ["entityId", "parentId", "entityPath", "value"]),
            ("entity.product.attrib_changed", ["entityId", "parentId", "entityPath"]),
            ("entity.project.renamed", ["entityName"]), ("entity.project_skeleton.task_types_changed", nil),
            ("entity.user.deleted", ["entityName"]), ("inbox.message", ["isImportant"]),
            ("activity.created", ["activity_id", "activity_type", "references"]),
            ("links.created", ["count", "links"]),
            ("entity_list.changed", ["id", "entity_list_type", "entity_type", "label", "count"]),
            (
                "bundle.updated",
                ["name", "isProduction", "isStaging", "isDev", "changedFields", "isArchived", "isProject"]
            ),
            ("action.launcher", ["addon_name", "addon_version", "variant", "action_identifier"]),
            ("addon.install", ["url", "name", "version"]), ("user.log_fail", ["ip"]), ("server.started", nil),
            ("heartbeat", nil),
        ] as [(String, [String]?)])
    func `AYON's topics are known, with their summaries`(topic: String, members: [String]?) throws {
        let listing = try #require(TopicCatalog().listing(of: topic), "\(topic)")
        #expect(listing.origin == .builtIn && listing.entry.check == .off && !listing.entry.description.isEmpty)
        #expect(listing.entry.summary?.map(\.name) == members)
    }

    @Test func `what is built in is valid, and each pattern is there once`() throws {
        let listings = TopicCatalog().listings
        #expect(listings.count > 90)
        #expect(Set(listings.map(\.entry.pattern)).count == listings.count)
        for listing in listings { #expect(throws: Never.self) { try listing.entry.validate() } }
    }

    // MARK: - Which entry counts

    @Test func `the most specific pattern counts`() throws {
        let patterns = ["*", "a*", "a.*", "a.*.c", "*.c", "a.b.*", "a.b.c"]
        let catalog = TopicCatalog(configured: try patterns.map { try entry($0) })
        for (topic, pattern) in [
            ("a.b.c", "a.b.c"), ("a.b.d", "a.b.*"), ("a.x.c", "a.*.c"), ("a.x.d", "a.*"), ("ab", "a*"), ("x.c", "*.c"),
            ("x", "*"),
        ] {
            // Twice, since the second time the answer is remembered.
            for _ in 0..<2 { #expect(catalog.listing(of: topic)?.entry.pattern.text == pattern, "\(topic)") }
        }
        #expect(catalog.listing(of: "log.debug")?.origin == .builtIn)
    }

    @Test func `of patterns that are as specific all servers take the same`() throws {
        let entries = try ["a.*", "*.b", "a*b", "**ab"].map { try entry($0) }
        for _ in 0..<20 {
            let catalog = TopicCatalog(configured: entries.shuffled())
            #expect(catalog.listing(of: "a.b")?.entry.pattern.text == "*.b")
        }
    }

    @Test func `any number of topics is looked up`() throws {
        let catalog = TopicCatalog(configured: [try entry("a.*")])
        for number in 0..<10_050 where catalog.listing(of: "a.n\(number)")?.entry.pattern.text != "a.*" {
            Issue.record("a.n\(number)")
        }
        #expect(catalog.listing(of: "nothing.of.it") == nil)
    }

    @Test func `the catalog's entry counts over the configuration's, and that over Daybook's own`() async throws {
        let catalog = try await open([try entry("log.debug", "mine")])
        #expect(catalog.topics.listing(of: "log.debug")?.entry.description == "mine")
        #expect(catalog.topics.listing(of: "log.debug")?.origin == .configuration)
        try await catalog.define(entry("log.debug", "everybody's"))
        #expect(catalog.topics.listing(of: "log.debug")?.entry.description == "everybody's")
        #expect(catalog.topics.listing(withPattern: try #require(TopicPattern("log.debug")))?.origin == .catalog)
        #expect(try await catalog.removeTopic(try #require(TopicPattern("log.debug"))))
        #expect(catalog.topics.listing(of: "log.debug")?.entry.description == "mine")
        let pattern = try #require(TopicPattern("log.debug"))
        #expect(try await !catalog.removeTopic(pattern), "the configuration's stays")
        #expect(catalog.topics.listing(of: "log.debug")?.origin == .configuration)
    }

    // MARK: - Across servers

    @Test func `an entry is every server's, and outlives them`() async throws {
        let (mine, other) = (try await open(), try await open())
        let following = Task { try await other.follow() }
        var written = try entry("ssh.*", "Logins")
        written.fields = [DatasetField("user", type: .string)]
        let defined = written
        try await mine.define(defined)
        try await withDeadline(what: "the entry at the other server") {
            while other.topics.listing(of: "ssh.login")?.entry != defined {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        #expect(other.topics.fields(of: "ssh.login") == defined.fields)
        #expect(try await open().topics.listing(of: "ssh.x")?.entry == defined)
        following.cancel()
        try await following.value
    }

    @Test func `of two that are defined at once one stays, the same for all`() async throws {
        let catalogs = [try await open(), try await open()]
        let pattern = try #require(TopicPattern("a.b"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, catalog) in catalogs.enumerated() {
                group.addTask {
                    for round in 0..<10 {
                        try await catalog.define(TopicEntry(pattern, description: "\(number) \(round)"))
                    }
                }
            }
            try await group.waitForAll()
        }
        let records = try await MemoryLog(store: store).records(in: StreamPartition("daybook.catalog", 0))
        let last = try #require(records.last?.record.value)
        let stays = try TopicEntry(pattern, JSONMembers(last))
        #expect(stays.description.hasSuffix(" 9"))
        #expect(try await open().topics.listing(of: "a.b")?.entry == stays)
        // A server that does not follow sees it with the next thing it reads.
        for catalog in catalogs {
            _ = try await catalog.stream(forTopic: "x.y")
            try await catalog.removeTopic(try #require(TopicPattern("none")))
            #expect(catalog.topics.listing(of: "a.b")?.entry == stays)
        }
    }

    @Test func `what cannot be is refused and not written`() async throws {
        let catalog = try await open()
        var bad = try entry("a.b")
        bad.fields = [DatasetField("timestamp")]
        let refused = bad
        await #expect(throws: InvalidTopicEntry.self) { try await catalog.define(refused) }
        #expect(try await MemoryLog(store: store).records(in: StreamPartition("daybook.catalog", 0)).isEmpty)
    }

    @Test func `entries of later versions are left out`() async throws {
        let catalog = try await open()
        let log = MemoryLog(store: store)
        for (key, value) in [
            ("topic/a.b", #"{"colour":"red"}"#), ("topic/no topic", "{}"), ("topic/c", #"{"fields":["timestamp"]}"#),
            ("topic/d", #"{"description":"fine"}"#),
        ] {
            let record = Record(key: Array(key.utf8), value: Array(value.utf8))
            _ = try await log.append([NewRecord(StreamPartition("daybook.catalog", 0), record)])[0].get()
        }
        try await catalog.define(entry("e"))
        let known = catalog.topics.listings.filter { $0.origin == .catalog }.map(\.entry.pattern.text)
        #expect(known.sorted() == ["d", "e"])
    }
}
