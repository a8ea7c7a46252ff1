import Daybook
import DaybookTesting
import LosslessJSON
import Testing

struct CatalogItemTests {
    private let store = MemoryStore()

    private func open() async throws -> StreamCatalog {
        try await StreamCatalog.open(log: MemoryLog(store: store))
    }

    private func value(_ text: String) throws -> JSONText { try JSONText(text) }

    private struct Exists: Error {}

    @Test func `an item is set, replaced and removed, and every server reads it`() async throws {
        let catalog = try await open()
        #expect(catalog.items(.registration).isEmpty)
        let (one, two) = (try value(#"{"a":1}"#), try value(#"{"a":2}"#))
        let first = try #require(try await catalog.update(.registration, "mail/x") { _ in one })
        #expect(catalog.item(.registration, "mail/x") == first && first.value == one && first.name == "mail/x")
        let second = try #require(try await catalog.update(.registration, "mail/x") { $0 == first ? two : nil })
        #expect(second.version > first.version)
        #expect(catalog.items(.registration) == [second])
        #expect(catalog.items(.key).isEmpty)
        #expect(try await open().items(.registration) == [second])
        #expect(try await catalog.update(.registration, "mail/x") { _ in nil } == nil)
        #expect(catalog.items(.registration).isEmpty)
        #expect(try await open().items(.registration).isEmpty)
    }

    @Test func `what changes nothing writes nothing`() async throws {
        let catalog = try await open()
        let one = try value(#"{"a":1}"#)
        let first = try await catalog.update(.key, "k") { _ in one }
        #expect(try await catalog.update(.key, "k") { _ in one } == first)
        #expect(try await catalog.update(.key, "other") { _ in nil } == nil)
        await #expect(throws: Exists.self) { try await catalog.update(.key, "k") { _ in throw Exists() } }
        #expect(catalog.items(.key) == [try #require(first)])
        #expect(try await MemoryLog(store: store).records(in: StreamPartition("daybook.catalog", 0)).count == 1)
    }

    @Test func `of servers that make an item at once one wins, and the others are given its item`() async throws {
        let catalogs = [try await open(), try await open(), try await open()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, catalog) in catalogs.enumerated() {
                let mine = try value(#"{"server":\#(number)}"#)
                group.addTask {
                    for name in 0..<10 {
                        do {
                            _ = try await catalog.update(.registration, "r\(name)") { current in
                                if current != nil { throw Exists() }
                                return mine
                            }
                            // Nobody may take its place afterwards.
                            #expect(catalog.item(.registration, "r\(name)")?.value == mine)
                        } catch is Exists {
                            #expect(catalog.item(.registration, "r\(name)").map { $0.value != mine } == true)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let fresh = try await open()
        #expect(fresh.items(.registration).count == 10)
        let records = try await MemoryLog(store: store).records(in: StreamPartition("daybook.catalog", 0))
        #expect(records.count == 10, "who lost wrote nothing")
    }

    @Test func `no update is lost`() async throws {
        let catalogs = [try await open(), try await open()]
        let following = catalogs.map { catalog in Task { try await catalog.follow() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for catalog in catalogs {
                for _ in 0..<2 {
                    group.addTask {
                        for _ in 0..<15 {
                            _ = try await catalog.update(.key, "count") { current in
                                let count = current?.value.members?["n"]?.int64Value ?? 0
                                return try JSONText("{\"n\":\(count + 1)}")
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        for task in following {
            task.cancel()
            try await task.value
        }
        #expect(try await open().item(.key, "count")?.value == value(#"{"n":60}"#))
    }

    @Test func `observers are told what there is, and what others change`() async throws {
        let (mine, other) = (try await open(), try await open())
        let one = try value("{}")
        _ = try await other.update(.topic, "a") { _ in one }
        let following = Task { try await mine.follow() }
        _ = try await other.update(.key, "k") { _ in one }
        _ = try await other.update(.topic, "b") { _ in one }
        _ = try await other.update(.topic, "a") { _ in nil }
        let names = try await withDeadline(what: "what the other server changed") {
            for await items in mine.observe(.topic) where items.map(\.name) == ["b"] { return items.map(\.name) }
            return []
        }
        #expect(names == ["b"])
        following.cancel()
        try await following.value
    }

    @Test func `records of other kinds, and values that are no objects, are none`() async throws {
        let catalog = try await open()
        let log = MemoryLog(store: store)
        let partition = StreamPartition("daybook.catalog", 0)
        let one = try value("{}")
        _ = try await catalog.update(.topic, "a") { _ in one }
        for (key, value) in [("later/x", "{}"), ("topic/b", "no JSON"), ("topic/c", "[]"), ("topic/a", "7")] {
            let record = Record(key: Array(key.utf8), value: Array(value.utf8))
            _ = try await log.append([NewRecord(partition, record)])[0].get()
        }
        #expect(try await open().items(.topic).isEmpty)
        _ = try await catalog.update(.topic, "d") { _ in one }
        #expect(catalog.items(.topic).map(\.name) == ["d"])
    }

    @Test func `a transaction that another server left open does not lose a stream`() async throws {
        let catalog = try await open()
        let log = MemoryLog(store: store)
        let writer = try await log.transactionalWriter(id: "elsewhere")
        let holding = Task {
            try await writer.transaction { open in
                _ = try await open.append([
                    NewRecord(StreamPartition("daybook.catalog", 0), Record(key: Array("key/x".utf8), value: []))
                ])
                try await Task.sleep(for: .milliseconds(300))
            }
        }
        try await Task.sleep(for: .milliseconds(50))
        #expect(try await catalog.stream(forTopic: "git.x").name == "daybook.git")
        try await holding.value
    }
}
