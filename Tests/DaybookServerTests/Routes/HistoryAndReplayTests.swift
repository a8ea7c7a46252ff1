import Daybook
import DaybookIndex
import HTTPTypes
import HummingbirdTesting
import LosslessJSON
import Testing

@testable import DaybookServer

struct HistoryAndReplayTests {
    @Test func `history tells every record in order, also after deletion`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(
                #"{"topic": "job", "sender": "me", "finished": false, "summary": {"n": 1.50}}"#)
            _ = try await server.publish(#"{"topic": "job", "sender": "noise"}"#)
            _ = try await server.send(
                .patch, "/api/events/\(id)", #"{"status": "failed", "retries": 1}"#, headers: [.sender: "other"])
            let live = try await server.get("/api/events/\(id)/history")
            #expect(live["id"]?.text == id)
            let records = try #require(live["history"]).items
            #expect(records.map { $0["change"]?.text } == ["created", "changed"])
            #expect(records[0]["actor"]?.text == "me" && records[1]["actor"]?.text == "other")
            #expect(records[0]["status"]?.text == "pending" && records[1]["status"]?.text == "failed")
            #expect(records[1]["retries"]?.number == "1" && records[1]["summary"] == nil)
            #expect(records[0]["summary"]?["n"]?.number == "1.50")
            #expect(
                records.allSatisfy { $0["position"]?.text.flatMap { Position($0) } != nil && $0["time"]?.text != nil })

            _ = try await server.send(.delete, "/api/events/\(id)")
            let dead = try await server.get("/api/events/\(id)/history")
            #expect(dead["history"]?.items.map { $0["change"]?.text } == ["created", "changed", "deleted"])
        }
    }

    @Test func `history of a deleted event with an ordering key is found, too`() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                (0..<20).map { #"{"topic": "a.b", "orderingKey": "key-\#($0)"}"# }.joined(separator: "\n"),
                type: .ndjson)
            for id in try #require(answer["results"]).items.compactMap({ $0["id"]?.text }) {
                _ = try await server.send(.delete, "/api/events/\(id)")
                let history = try await server.get("/api/events/\(id)/history")
                #expect(history["history"]?.items.map { $0["change"]?.text } == ["created", "deleted"])
            }
        }
    }

    @Test(arguments: [TestingSetup.router, .live])
    func `a replay gives the records of matching topics`(setup: TestingSetup) async throws {
        try await TestServer.run(setup) { server in
            let kept = try await server.publish(#"{"topic": "render.done", "payload": {"x": 1e2}}"#)
            _ = try await server.publish(#"{"topic": "other.done"}"#)
            _ = try await server.send(.patch, "/api/events/\(kept)", #"{"status": "failed"}"#)
            _ = try await server.send(.delete, "/api/events/\(kept)")
            let replay = try await server.get("/api/replay?topic=render.*")
            #expect(replay.status == 200 && replay.headers[.contentType] == "application/x-ndjson")
            let records = replay.lines.filter { $0["resume"] == nil }
            #expect(records.map { $0["change"]?.text } == ["created", "changed", "deleted"])
            #expect(records.allSatisfy { $0["id"]?.text == kept })
            #expect(replay.body.contains(#""payload":{"x":1e2}"#))
            let end = try #require(replay.lines.last)
            #expect(end["end"] == .bool(true) && end["resume"]?.text.flatMap { PositionVector($0) } != nil)
        }
    }

    @Test func `a replay that broke off goes on where it was, without a gap or a repeat`() async throws {
        try await TestServer.run { server in
            let lines = (0..<3_000).map { #"{"topic": "t\#($0 % 3).x", "summary": {"n": \#($0)}}"# }
            _ = try await server.post(lines.joined(separator: "\n"), type: .ndjson)
            let whole = try await server.get("/api/replay").lines
            let all = whole.compactMap { $0["summary"]?["n"]?.number }
            #expect(all.count == 3_000)
            for (at, line) in whole.enumerated() {
                guard let resume = line["resume"]?.text else { continue }
                let seen = whole[..<at].compactMap { $0["summary"]?["n"]?.number }
                let encoded = resume.replacing("@", with: "%40").replacing(";", with: "%3B")
                let rest = try await server.get("/api/replay?from=\(encoded)").lines
                let more = rest.compactMap { $0["summary"]?["n"]?.number }
                #expect(Set(seen).isDisjoint(with: more) && seen.count + more.count == 3_000)
            }
        }
    }

    @Test func `a replay keeps to its times`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "a.first"}"#)
            let second = try await server.publish(#"{"topic": "a.second"}"#)
            _ = try await server.publish(#"{"topic": "a.third"}"#)
            let time = try #require(try await server.get("/api/events/\(second)")["createdAt"]?.text)
            let from = try await server.get("/api/replay?from=\(time)").lines.compactMap { $0["topic"]?.text }
            #expect(Set(from) == ["a.second", "a.third"])
            let to = try await server.get("/api/replay?to=\(time)").lines.compactMap { $0["topic"]?.text }
            #expect(to == ["a.first"])
            #expect(try await server.get("/api/replay?from=latest").lines.count == 1)
        }
    }

    @Test func `a record that is no event is told, not passed over`() async throws {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            let partition = try #require(server.node.parts().catalog.historyStreams.first?.allPartitions.first)
            var headers = RecordHeaders()
            headers.append("ce_specversion", "1.0")
            _ = await server.log.append([NewRecord(partition, Record(value: Array("x".utf8), headers: headers))])
            let bad = try await server.get("/api/replay").lines.filter { $0["change"]?.text == "invalid" }
            #expect(bad.count == 1 && bad.first?["error"]?.text?.isEmpty == false)
        }
    }

    @Test func `a replay that follows goes on with what comes, and says where it is`() async throws {
        var options = ServerOptions()
        options.keepAliveInterval = .milliseconds(20)
        try await TestServer.run(.live, options: options) { server in
            let old = try await server.publish(#"{"topic": "a.old"}"#)
            let port = try #require(server.client.port)
            try await RawConnection.with(port: port) { connection in
                try await connection.send("GET /api/replay?follow=true&from=latest HTTP/1.1\r\nHost: x\r\n\r\n")
                // Nothing has come, and still it says where it would go on: at the end.
                let idle = try await connection.readLine { $0.hasPrefix("{\"resume\":") }
                #expect(!idle.contains("\"resume\":\"\""))
                let new = try await server.publish(#"{"topic": "a.new"}"#)
                let record = try await connection.readLine { $0.contains("\"change\":\"created\"") }
                #expect(record.contains(new) && !record.contains(old))
            }
            let both = try await server.get("/api/replay?follow=true&to=2026-01-01")
            #expect(both.status == 400 && both.detail?.contains("follow: excludes 'to'") == true)
        }
    }

    @Test(arguments: [
        (
            "from=soon", 400,
            "from: 'soon' is neither earliest, latest, an ISO 8601 time, nor what a replay gave as 'resume'"
        ),
        ("to=soon", 400, "to: 'soon' is no ISO 8601 time"),
        ("from=daybook.nothing:0@1", 400, "from: there is no partition daybook.nothing:0 in this log"),
        ("from=daybook.a:0@1000", 410, "position daybook.a:0:1000 is not stored: daybook.a:0 holds 0 up to "),
        ("topic=a%20b", 400, "topic: 'a b' is no topic pattern"),
    ])
    func `a bad start is refused before anything is answered`(query: String, status: Int, message: String) async throws
    {
        try await TestServer.run { server in
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            let answer = try await server.get("/api/replay?\(query)")
            #expect(answer.status == status && answer.detail?.contains(message) == true, "\(answer)")
        }
    }
}
