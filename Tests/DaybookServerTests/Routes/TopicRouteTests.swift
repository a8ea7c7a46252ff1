import Daybook
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

struct TopicRouteTests {
    @Test(arguments: [TestingSetup.router, .live])
    func `an entry is defined, read, replaced and removed`(setup: TestingSetup) async throws {
        try await TestServer.run(setup) { server in
            #expect(try await server.get("/api/topics/ssh.login").status == 404)
            let entry = #"{"description":"Logins","fields":[{"name":"user","description":"User","type":"string"}]}"#
            let put = try await server.send(.put, "/api/topics/ssh.*", entry)
            let shown =
                #"{"topic":"ssh.*","origin":"catalog","#
                + #""description":"Logins","fields":[{"name":"user","description":"User","type":"string"}]}"#
            #expect(put.status == 200 && put.body == shown)
            for path in ["/api/topics/ssh.*", "/api/topics/ssh.%2A", "/api/topics/ssh.login"] {
                let got = try await server.get(path)
                #expect(got.status == 200 && got.body == shown, "\(path)")
            }
            #expect(try await server.get("/api/topics/ss*").status == 404, "a pattern is read as it was defined")
            #expect(try await server.send(.put, "/api/topics/ssh.*", #"{"description":"x"}"#).status == 200)
            #expect(try await server.get("/api/topics/ssh.login")["fields"] == nil)
            #expect(try await server.send(.delete, "/api/topics/ssh.*").status == 204)
            #expect(try await server.send(.delete, "/api/topics/ssh.*").status == 404)
            #expect(try await server.get("/api/topics/ssh.*").status == 404)
        }
    }

    @Test func `what Daybook knows of AYON's topics is there, and can be replaced but not removed`() async throws {
        try await TestServer.run { server in
            let built = try await server.get("/api/topics/settings.changed")
            #expect(built["origin"]?.text == "builtIn")
            #expect(built["summary"]?.items.compactMap { $0["name"]?.text }.first == "addon_name")
            let removed = try await server.send(.delete, "/api/topics/settings.changed")
            #expect(removed.status == 404 && removed.detail?.contains("comes with Daybook") == true)
            #expect(try await server.send(.put, "/api/topics/settings.changed", "{}").status == 200)
            #expect(try await server.get("/api/topics/settings.changed")["origin"]?.text == "catalog")
            #expect(try await server.send(.delete, "/api/topics/settings.changed").status == 204)
            #expect(try await server.get("/api/topics/settings.changed")["origin"]?.text == "builtIn")
        }
    }

    @Test func `the entries are listed on request, the most specific first`() async throws {
        try await TestServer.run { server in
            _ = try await server.send(.put, "/api/topics/a.*", "{}")
            #expect(try await server.get("/api/topics")["entries"] == nil)
            let entries = try #require(try await server.get("/api/topics?entries=true")["entries"]).items
            let topics = entries.compactMap { $0["topic"]?.text }
            #expect(topics.last == "a.*" && topics.count == entries.count && topics.contains("log.success"))
        }
    }

    @Test func `a bad entry is refused with everything that is wrong, and stores nothing`() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(
                .put, "/api/topics/a.b", #"{"fields":["timestamp","x","x"],"check":"warn"}"#)
            #expect(answer.status == 400)
            let errors = try #require(answer["errors"]).items
            #expect(
                errors.map { $0["loc"]?.items.compactMap(\.text) ?? [] } == [
                    ["body", "check"], ["body", "fields.x"], ["body", "fields.timestamp"],
                ])
            #expect(answer.detail?.contains("the name timestamp is reserved") == true)
            #expect(try await server.send(.put, "/api/topics/a.b", "[]").status == 400)
            #expect(try await server.send(.put, "/api/topics/a.b", "{").status == 400)
            #expect(try await server.send(.put, "/api/topics/a..%20b", "{}").status == 400)
            #expect(try await server.send(.put, "/api/topics/a.b?x=1", "{}").status == 400)
            let long = #"{"description":"\#(String(repeating: "x", count: 1 << 20))"}"#
            #expect(try await server.send(.put, "/api/topics/a.b", long).status == 413)
            #expect(try await server.send(.post, "/api/topics/a.b", "{}").status == 405)
            #expect(try await server.get("/api/topics/a.b").status == 404)
        }
    }

    @Test func `a dataset is refused with all that is wrong, and stored in its form`() async throws {
        try await TestServer.run { server in
            _ = try await server.send(
                .put, "/api/topics/ssh.login",
                #"{"fields":[{"name":"user","type":"string"},{"name":"port","type":"integer"}]}"#)
            let bad = try await server.post(
                #"{"topic":"ssh.login","kind":"dataset","payload":{"user":7,"host":"x"}}"#, type: .ndjson)
            #expect(bad.status == 207)
            let error = bad["results"]?.items.first?["error"]?.text ?? ""
            for part in ["line 1: ", "payload.user: ", "payload.port: ", "payload.host: "] {
                #expect(error.contains(part), "\(error)")
            }
            let good = try await server.post(
                #"{"topic":"ssh.login","kind":"dataset","payload":{"port":22,"user":"ann"},"createdAt":"2026-11-21T03:00:44Z"}"#,
                type: .ndjson)
            let id = try #require(good["results"]?.items.first?["id"]?.text)
            let event = try await server.get("/api/events/\(id)")
            #expect(event["payload"]?.keys == ["timestamp", "user", "port"])
            #expect(event["payload"]?["timestamp"]?.text == "2026-11-21T03:00:44.000000+00:00")
            #expect(
                try await server.get("/metrics").body.contains(
                    #"daybook_topics_failed_checks_total{outcome="refused"} 1"#))
        }
    }

    @Test func `summaries are warned of and refused`() async throws {
        try await TestServer.run { server in
            _ = try await server.send(.put, "/api/topics/a.*", #"{"check":"warn","summary":["n"]}"#)
            let one = try await server.post(#"{"topic":"a.one","summary":{"x":1}}"#)
            #expect(one.status == 200 && one.headers[.daybookWarnings] == "2")
            let id = try #require(one["id"]?.text)
            let patch = try await server.send(.patch, "/api/events/\(id)", #"{"summary":{}}"#)
            #expect(patch.status == 204 && patch.headers[.daybookWarnings] == "1")
            let many = try await server.post(
                #"{"topic":"a.two","summary":{"n":1}}"# + "\n" + #"{"topic":"a.two"}"#, type: .ndjson)
            #expect(many.status == 200)
            #expect(many["results"]?.items.map { $0["warnings"]?.items.count } == [nil, 1])
            #expect(many["results"]?.items.last?["warnings"]?.items.first?.text == "summary.n: is missing")
            _ = try await server.send(.put, "/api/topics/a.*", #"{"check":"reject","summary":["n"]}"#)
            let refused = try await server.post(#"{"topic":"a.one","summary":{"x":1}}"#)
            #expect(refused.status == 400)
            #expect(
                refused["errors"]?.items.map { $0["loc"]?.items.last?.text } == ["summary.n", "summary.x"])
            #expect(
                try await server.get("/metrics").body.contains(
                    #"daybook_topics_failed_checks_total{outcome="stored"} 3"#))
        }
    }
}
