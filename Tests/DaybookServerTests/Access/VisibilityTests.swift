import Daybook
import DaybookIndex
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

/// What a caller may not read it cannot see by any door.
struct VisibilityTests {
    /// The events there are, by their descriptions.
    private static let events = [
        "a1": #""topic": "demo.a", "project": "p1""#, "a2": #""topic": "demo.a", "project": "p2""#,
        "b0": #""topic": "demo.b""#, "c1": #""topic": "other.c", "project": "p1", "user": "ann""#,
        "d2": #""topic": "other.d", "project": "p2", "user": "bob""#,
    ]

    /// A caller, what it may read, and what lists show it.
    struct Reader: Sendable, CustomTestStringConvertible {
        var name: String
        var role: Role
        var scopes: [String]
        var reads: Set<String>
        var lists: Set<String>
        var replays: Set<String> = []

        var testDescription: String { "\(name) \(role) \(scopes)" }
    }

    private static let readers = [
        Reader(
            name: "all", role: .service, scopes: [], reads: Set(events.keys), lists: Set(events.keys),
            replays: Set(events.keys)),
        Reader(
            name: "topics", role: .manager, scopes: ["read,replay topics=demo.*"], reads: ["a1", "a2", "b0"],
            lists: ["a1", "a2", "b0"], replays: ["a1", "a2", "b0"]),
        Reader(
            name: "projects", role: .admin, scopes: ["read projects=p1", "replay topics=demo.*"], reads: ["a1", "c1"],
            lists: ["a1", "c1"], replays: ["a1"]),
        Reader(
            name: "granted", role: .guest, scopes: ["read,replay topics=demo.* projects=p1,-"], reads: ["a1", "b0"],
            lists: ["a1", "b0"], replays: ["a1", "b0"]),
        Reader(name: "ann", role: .user, scopes: [], reads: ["b0", "c1"], lists: ["c1"]),
        Reader(
            name: "bob", role: .user, scopes: ["read projects=p1"], reads: ["a1", "b0", "c1", "d2"],
            lists: ["a1", "c1", "d2"]),
        Reader(name: "guest", role: .guest, scopes: [], reads: [], lists: []),
    ]

    /// A server with the events and the reader's key.
    private static func run(
        _ reader: Reader, _ setup: TestingSetup = .router,
        _ body: @escaping @Sendable (TestServer, _ key: String, _ ids: [String: String]) async throws -> Void
    ) async throws {
        try await TestServer.run(setup) { server in
            let root = try await server.key("root", .service)
            let ids = try await publishAll(server, root)
            let secret = KeySecret.generate()
            try await server.node.parts().catalog.createKey(
                APIKey(
                    name: reader.name, role: reader.role, scopes: try reader.scopes.map { try AccessScope($0) },
                    digest: secret.digest))
            try await body(server, secret.text, ids)
        }
    }

    @discardableResult
    private static func publishAll(_ server: TestServer, _ root: String) async throws -> [String: String] {
        var ids: [String: String] = [:]
        for (name, members) in events.sorted(by: { $0.key < $1.key }) {
            ids[name] = try await publish(server, root, name, members)
        }
        return ids
    }

    private static func publish(
        _ server: TestServer, _ root: String, _ name: String, _ members: String
    ) async throws -> String {
        // As NDJSON, in which a service says whose event it is.
        let answer = try await server.post(
            #"{\#(members), "description": "\#(name)"}"#, type: .ndjson, headers: .key(root))
        return try #require(answer["results"]?.items.first?["id"]?.text)
    }

    /// Which events a text tells of, by their descriptions.
    private static func seen(_ text: String) -> Set<String> {
        Set(events.keys.filter { text.contains("\"\($0)\"") })
    }

    @Test(arguments: readers)
    func `REST shows what may be read`(reader: Reader) async throws {
        try await Self.run(reader) { server, key, ids in
            let headers = HTTPFields.key(key)
            let list = try await server.get("/api/events?limit=1000", headers: headers)
            #expect(Self.seen(list.body) == reader.lists, "\(list)")
            let query = ids.values.map { "id=\($0)" }.joined(separator: "&")
            #expect(Self.seen(try await server.get("/api/events?\(query)", headers: headers).body) == reader.reads)
            let text = try await server.get("/api/events?text=a2&fields=all", headers: headers)
            #expect(Self.seen(text.body) == reader.lists.intersection(["a2"]))
            for (name, id) in ids {
                let isReadable = reader.reads.contains(name)
                let event = try await server.get("/api/events/\(id)", headers: headers)
                #expect(event.status == (isReadable ? 200 : 404), "\(name): \(event)")
                let history = try await server.get("/api/events/\(id)/history", headers: headers)
                #expect(history.status == (isReadable ? 200 : 404), "\(name): \(history)")
                guard !isReadable else { continue }
                // As if it did not exist.
                let none = "00000000000000000000000000000001"
                let missing = try await server.get("/api/events/\(none)", headers: headers)
                #expect(event.detail == missing.detail && !event.body.contains("\"\(name)\""))
                let patch = try await server.send(
                    .patch, "/api/events/\(id)", #"{"description": "x"}"#, headers: headers)
                #expect(patch.status == 404 || patch.status == 403, "\(patch)")
            }
            let topics = try await server.get("/api/topics", headers: headers)["topics"]?.items ?? []
            let counts = Dictionary(topics.map { ($0["topic"]?.text ?? "", $0["events"]?.number ?? "") }) { $1 }
            let expected = Dictionary(
                reader.lists.map {
                    ($0.hasPrefix("a") ? "demo.a" : $0.hasPrefix("b") ? "demo.b" : "other.\($0.prefix(1))", 1)
                },
                uniquingKeysWith: +)
            #expect(counts == expected.mapValues { "\($0)" })
        }
    }

    @Test(arguments: readers)
    func `GraphQL shows what may be read`(reader: Reader) async throws {
        try await Self.run(reader) { server, key, ids in
            func ask(_ query: String) async throws -> String {
                let body = JSONValue.object([.init("query", .string(query))])
                return try await server.send(
                    .post, "/graphql", JSONText(body).description, headers: .key(key)
                ).body
            }
            let fields = "edges { node { description history { record } } }"
            #expect(Self.seen(try await ask("{ events(first: 10) { \(fields) } }")) == reader.lists)
            #expect(Self.seen(try await ask("{ events(last: 10) { \(fields) } }")) == reader.lists)
            let list = ids.values.map { "\"\($0)\"" }.joined(separator: ", ")
            #expect(Self.seen(try await ask("{ events(first: 10, ids: [\(list)]) { \(fields) } }")) == reader.reads)
            for (name, id) in ids {
                let wanted = reader.reads.intersection([name])
                #expect(Self.seen(try await ask("{ event(id: \"\(id)\") { description } }")) == wanted)
                let history = try await ask("{ history(id: \"\(id)\") { record } }")
                #expect(history.contains(#"\"description\":\"\#(name)\""#) == !wanted.isEmpty, "\(history)")
            }
        }
    }

    @Test(arguments: readers)
    func `replay gives what may be replayed and read`(reader: Reader) async throws {
        try await Self.run(reader) { server, key, _ in
            for query in ["", "?from=earliest&topic=*", "?from=2020-01-01T00:00:00Z"] {
                let replay = try await server.get("/api/replay" + query, headers: .key(key))
                #expect(Self.seen(replay.body) == reader.replays, "\(replay)")
                #expect(replay.status == (reader.replays.isEmpty ? 403 : 200))
            }
        }
    }

    @Test(arguments: readers.filter { !$0.reads.isEmpty })
    func `a registration delivers what its owner may read`(reader: Reader) async throws {
        try await Self.run(reader) { server, key, _ in
            let headers = HTTPFields.key(key)
            let made = try await server.send(
                .post, "/api/registrations", #"{"name": "mine", "delivery": "pull", "start": "earliest"}"#,
                headers: headers)
            #expect(made.status == 201 && made["ownerKey"]?.text == reader.name, "\(made)")
            var seen: Set<String> = []
            while seen.count < reader.reads.count {
                let answer = try await server.send(
                    .post, "/api/registrations/mine/pull", #"{"max": 1, "waitSeconds": 20}"#, headers: headers)
                let part = answer["deliveries"]?.items ?? []
                seen.formUnion(part.compactMap(\.eventText))
                _ = try await server.send(.post, "/api/registrations/mine/ack", part.tokens(), headers: headers)
                if part.isEmpty { break }
            }
            #expect(seen == reader.reads)
            // Everything was read, and nothing is left.
            let rest = try await server.send(.post, "/api/registrations/mine/pull", "{}", headers: headers)
            #expect(rest["deliveries"] == .array([]), "\(rest)")
        }
    }

    @Test(arguments: readers.filter { !$0.reads.isEmpty }, ["", #", "from": "earliest""#])
    func `a WebSocket tells what may be read`(reader: Reader, from: String) async throws {
        try await Self.run(reader, .live) { server, key, _ in
            let root = try await server.key("other", .service)
            let auth = #""token": "\#(key)", "subscribe": ["*"]\#(from)"#
            try await LiveSocket.with(port: server.client.port, auth: auth) { socket in
                try await Self.publishAll(server, root)
                let last = try #require(reader.reads.min())
                _ = try await Self.publish(
                    server, root, last, Self.events[last].map { $0 + #", "summary": {"last": 1}"# } ?? "")
                var seen: Set<String> = []
                while true {
                    let message = try await socket.next()
                    seen.insert(message["description"]?.text ?? "")
                    if message["summary"]?["last"] != nil { break }
                }
                #expect(seen == reader.reads)
            }
        }
    }

    @Test(arguments: readers.filter { !$0.reads.isEmpty }, ["", "&from=earliest"])
    func `an event stream tells what may be read`(reader: Reader, from: String) async throws {
        try await Self.run(reader, .live) { server, key, _ in
            let root = try await server.key("other", .service)
            let port = try #require(server.client.port)
            try await RawConnection.with(port: port) { connection in
                try await connection.send(
                    "GET /api/stream?token=\(key)\(from) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.readLine { _ in true } == "HTTP/1.1 200 OK\r")
                _ = try await connection.readLine { $0.hasPrefix(": ") }
                try await Self.publishAll(server, root)
                let last = try #require(reader.reads.min())
                _ = try await Self.publish(
                    server, root, last, Self.events[last].map { $0 + #", "summary": {"last": 1}"# } ?? "")
                var seen: Set<String> = []
                while true {
                    let line = try await connection.readLine { $0.hasPrefix("data: ") }
                    seen.formUnion(Self.seen(line))
                    if line.contains(#""last": 1"#) || line.contains(#""last":1"#) { break }
                }
                #expect(seen == reader.reads)
            }
        }
    }

    @Test func `jobs come from events that may be read`() async throws {
        try await TestServer.run { server in
            let root = try await server.key("root", .service)
            let ids = try await Self.publishAll(server, root)
            let worker = try await server.key("worker", .service, "read projects=p1", "enroll topics=job.* projects=*")
            func enroll(_ target: String) async throws -> Answer {
                try await server.send(
                    .post, "/api/enroll", #"{"sourceTopic": "*", "targetTopic": "\#(target)", "count": 10}"#,
                    headers: .key(worker))
            }
            let jobs = try await enroll("job.x")["jobs"]?.items.compactMap { $0["dependsOn"]?.text } ?? []
            #expect(Set(jobs) == Set([ids["a1"], ids["c1"]].compactMap { $0 }))
            #expect(try await enroll("other").status == 403)
            let summary = try await server.get("/api/jobs?sourceTopic=*&target=job.y", headers: .key(worker))
            #expect(summary["queues"]?.items.first?["queued"]?.number == "2", "\(summary)")
            #expect(try await server.get("/api/jobs", headers: .key(worker)).status == 403)
        }
    }

    @Test func `an event that leaves a project leaves those who read only that`() async throws {
        try await TestServer.run { server in
            let root = try await server.key("root", .service)
            let reader = try await server.key("p1", .guest, "read projects=p1")
            let id = try await server.publish(#"{"topic": "t.a", "project": "p1"}"#, headers: .key(root))
            #expect(try await server.get("/api/events/\(id)", headers: .key(reader)).status == 200)
            let moved = try await server.send(
                .patch, "/api/events/\(id)", #"{"project": "p2", "description": "secret"}"#, headers: .key(root))
            #expect(moved.status == 204)
            #expect(try await server.get("/api/events/\(id)", headers: .key(reader)).status == 404)
            #expect(try await server.get("/api/events/\(id)/history", headers: .key(reader)).status == 404)
            #expect(try await server.get("/api/events", headers: .key(reader))["events"] == .array([]))
            // Who reads the other project sees only what happened there.
            let other = try await server.key("p2", .guest, "read projects=p2")
            let history = try await server.get("/api/events/\(id)/history", headers: .key(other))
            #expect(history["history"]?.items.map { $0["change"]?.text } == ["changed"])
        }
    }

    @Test func `a hash that is taken tells nothing of an event that may not be read`() async throws {
        try await TestServer.run { server in
            let root = try await server.key("root", .service)
            let id = try await server.publish(
                #"{"topic": "t.a", "project": "p2", "hash": "h"}"#, headers: .key(root))
            let publisher = try await server.key("p", .guest, "publish projects=p1", "read projects=p1")
            let body = #"{"topic": "t.a", "project": "p1", "hash": "h"}"#
            for body in [body, body.replacing("}", with: #", "reuse": true}"#)] {
                let refused = try await server.post(body, headers: .key(publisher))
                #expect(refused.status == (body.contains("reuse") ? 403 : 409), "\(refused)")
                #expect(!refused.body.contains(id) && refused["duplicateOf"] == nil && refused["position"] == nil)
            }
            let batch = try await server.post(body, type: .ndjson, headers: .key(publisher))
            #expect(!batch.body.contains(id) && batch["results"]?.items.first?["status"]?.number == "409", "\(batch)")
            // Who may read it is told which it is.
            #expect(try await server.post(body, headers: .key(root))["duplicateOf"]?.text == id)
        }
    }
}
