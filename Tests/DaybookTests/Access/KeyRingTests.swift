import DaybookTesting
import LosslessJSON
import Testing

@testable import Daybook

struct KeyRingTests {
    private let store = MemoryStore()

    private func open() async throws -> StreamCatalog {
        try await StreamCatalog.open(log: MemoryLog(store: store))
    }

    private func key(_ name: String, _ secret: KeySecret, expires: Timestamp? = nil) throws -> APIKey {
        APIKey(
            name: name, role: .manager, scopes: [try AccessScope("read topics=a.* projects=p,-")], createdBy: "root",
            expires: expires, digest: secret.digest)
    }

    @Test func `a key is found by its text on every server, and the log does not have the text`() async throws {
        let catalog = try await open()
        #expect(catalog.keys.isEmpty)
        let secret = KeySecret.generate()
        #expect(secret.text.hasPrefix("dbk_") && secret.text.utf8.count == 68)
        let key = try key("ci", secret)
        try await catalog.createKey(key)
        #expect(!catalog.keys.isEmpty && catalog.keys.find(secret.text) == .caller(key.caller))
        let other = try await open()
        #expect(other.keys.find(secret.text) == .caller(key.caller) && other.keys.all == [key])
        #expect(catalog.keys.find(KeySecret.generate().text) == .unknown && catalog.keys.find("") == .unknown)
        let records = try await MemoryLog(store: store).records(in: StreamPartition("daybook.catalog", 0))
        let written = records.map { String(decoding: ($0.record.key ?? []) + ($0.record.value ?? []), as: UTF8.self) }
        #expect(!written.contains { $0.contains(secret.text) || $0.contains(secret.text.dropFirst(4)) })
        #expect(written.contains { $0.contains(secret.digest) })
    }

    @Test func `a name is taken until its key is revoked`() async throws {
        let catalog = try await open()
        try await catalog.createKey(try key("ci", .generate()))
        await #expect(throws: KeyError.exists("ci")) { try await catalog.createKey(try key("ci", .generate())) }
        try await catalog.revokeKey("ci")
        await #expect(throws: KeyError.unknown("ci")) { try await catalog.revokeKey("ci") }
        #expect(catalog.keys.isEmpty)
        try await catalog.createKey(try key("ci", .generate()))
    }

    @Test(arguments: ["", "-a", "a.", "ä", "a b", String(repeating: "a", count: 101)])
    func `a name that cannot be one is refused`(name: String) async throws {
        let catalog = try await open()
        await #expect(throws: KeyError.self) { try await catalog.createKey(try key(name, .generate())) }
        #expect(catalog.keys.isEmpty)
    }

    @Test func `a key that cannot be read is nobody's, and keys are needed all the same`() async throws {
        let catalog = try await open()
        let secret = KeySecret.generate()
        let value = try JSONText(
            #"{"role":"manager","scopes":["fly"],"createdAt":"2026-01-01T00:00:00Z","sha256":"\#(secret.digest)"}"#)
        try await catalog.update(.key, "later") { _ in value }
        #expect(!catalog.keys.isEmpty && catalog.keys.find(secret.text) == .unknown && catalog.keys.all.isEmpty)
    }

    @Test func `a key expires by the clock, and who watches is told`() async throws {
        let clock = ManualClock()
        let ring = KeyRing { clock.timestamp }
        let secret = KeySecret.generate()
        let key = try key("ci", secret, expires: clock.timestamp.advanced(by: .seconds(60)))
        ring.set([CatalogItem(name: "ci", value: key.catalogValue, version: 0, time: clock.timestamp)])
        #expect(ring.find(secret.text) == .caller(key.caller) && ring.standing(of: "ci") == .reads(key.caller.reading))
        let end = Task { try await ring.end(of: key.caller) }
        clock.advance(by: .seconds(60))
        #expect(ring.find(secret.text) == .expired("ci") && ring.standing(of: "ci") == .gone)
        #expect(try await withDeadline(what: "the end") { try await end.value } == "the API key has expired")
    }

    @Test func `who watches is told of a revocation by another server, and nobody else is`() async throws {
        let (one, two) = (try await open(), try await open())
        let (secret, kept) = (KeySecret.generate(), KeySecret.generate())
        for key in [try key("ci", secret), try key("kept", kept)] { try await one.createKey(key) }
        let following = Task { try await two.follow() }
        defer { following.cancel() }
        for await keys in two.observe(.key) where keys.count == 2 { break }
        guard case .caller(let caller) = two.keys.find(secret.text), case .caller(let other) = two.keys.find(kept.text)
        else {
            Issue.record("the keys are not there")
            return
        }
        let ended = Watched<[String]>([])
        let ends = [caller, other].map { caller in
            Task {
                let reason = try await two.keys.end(of: caller)
                ended.update { $0.append("\(caller.name ?? ""): \(reason)") }
            }
        }
        try await one.revokeKey("ci")
        try await withDeadline(what: "the end") { try await ended.when { $0.isEmpty ? nil : () } }
        #expect(ended.value == ["ci: the API key was revoked"] && two.keys.reasonForEnd(of: other) == nil)
        ends[1].cancel()
        await #expect(throws: CancellationError.self) { try await ends[1].value }
    }

    @Test func `who needed no key needs one from the first key on`() async throws {
        let catalog = try await open()
        let end = Task { try await catalog.keys.end(of: .open) }
        #expect(catalog.keys.reasonForEnd(of: .open) == nil)
        try await catalog.createKey(try key("ci", .generate()))
        #expect(try await withDeadline(what: "the end") { try await end.value } == "an API key is needed now")
        #expect(catalog.keys.reasonForEnd(of: .log) == nil)
    }

    @Test func `a key of the same name is another key`() async throws {
        let catalog = try await open()
        let first = KeySecret.generate()
        try await catalog.createKey(try key("ci", first))
        guard case .caller(let caller) = catalog.keys.find(first.text) else {
            Issue.record("the key is not there")
            return
        }
        try await catalog.revokeKey("ci")
        try await catalog.createKey(try self.key("ci", .generate()))
        #expect(catalog.keys.reasonForEnd(of: caller) == "the API key was revoked")
    }
}
