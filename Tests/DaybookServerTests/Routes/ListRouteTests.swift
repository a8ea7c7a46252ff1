import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

struct ListRouteTests {
    /// Ten events, newest last, of two topics, three projects, two users.
    private func fill(_ server: TestServer) async throws -> [String] {
        let lines = (0..<10).map { number in
            """
            {"topic": "\(number < 6 ? "render.done" : "publish.done")", "project": "p\(number % 3)", "user": "u\(number % 2)", \
            "sender": "s\(number)", "status": "\(number == 9 ? "failed" : "finished")", "description": "Frame \(number)", \
            "createdAt": "2026-01-01T00:00:0\(number)Z", "payload": {"number": \(number)}}
            """
        }
        let answer = try await server.post(lines.joined(separator: "\n"), type: .ndjson)
        return try #require(answer["results"]).items.compactMap { $0["id"]?.text }
    }

    @Test func `gives pages, newest first, without a gap or a repeat`() async throws {
        try await TestServer.run { server in
            let ids = try await fill(server)
            var seen: [String] = []
            var cursor: String? = ""
            while let at = cursor {
                let page = try await server.get("/api/events?limit=3" + (at.isEmpty ? "" : "&cursor=\(at)"))
                #expect(page.json?.keys == ["events", "nextCursor", "position"])
                seen += page["events"]?.items.compactMap { $0["id"]?.text } ?? []
                cursor = page["nextCursor"]?.text
            }
            #expect(seen == ids.reversed())
            let all = try await server.get("/api/events?order=asc")
            #expect(all["events"]?.items.compactMap { $0["id"]?.text } == ids)
            #expect(all["nextCursor"] == .null)
            #expect(all["position"]?.text.flatMap { PositionVector($0) } != nil)
        }
    }

    @Test func `an event of a list has what lists have`() async throws {
        try await TestServer.run { server in
            _ = try await fill(server)
            let page = try await server.get("/api/events?limit=1")
            let event = try #require(page["events"]?.items.first)
            #expect(
                Set(event.keys) == [
                    "id", "hash", "topic", "sender", "senderType", "project", "user", "dependsOn", "status", "retries",
                    "description", "summary", "createdAt", "updatedAt", "progress",
                ])
            let chosen = try await server.get("/api/events?limit=2&order=asc&fields=sender,payload")
            #expect(
                chosen.body.contains(
                    #""events":[{"sender":"s0","payload":{"number":0}},{"sender":"s1","payload":{"number":1}}]"#))
        }
    }

    @Test(arguments: [
        ("topic=render.*", [0, 1, 2, 3, 4, 5]), ("topic=render.*&topic=publish.done", Array(0..<10)),
        ("topic=*.done&project=p0", [0, 3, 6, 9]), ("project=p0&project=p1&user=u0", [0, 4, 6]),
        ("status=failed", [9]), ("status=failed&status=finished", Array(0..<10)), ("status=pending", []),
        ("sender=s4", [4]), ("user=nobody", []),
        ("newerThan=2026-01-01T00:00:07Z", [8, 9]), ("olderThan=2026-01-01T00:00:02%2B00:00", [0, 1]),
        ("newerThan=2026-01-01T00:00:03+00:00&olderThan=2026-01-01T00:00:05Z", [4]),
        ("text=frame%207", [7]), ("text=FRAME+render", [0, 1, 2, 3, 4, 5]), ("hash=x", []),
    ])
    func `finds what meets the conditions`(query: String, numbers: [Int]) async throws {
        try await TestServer.run { server in
            let ids = try await fill(server)
            let answer = try await server.get("/api/events?order=asc&\(query)")
            #expect(answer.status == 200, "\(answer)")
            #expect(answer["events"]?.items.compactMap { $0["id"]?.text } == numbers.map { ids[$0] })
        }
    }

    @Test func `finds events by id and by what they depend on`() async throws {
        try await TestServer.run { server in
            let parent = try await server.publish(#"{"topic": "parent"}"#)
            let child = try await server.publish(#"{"topic": "child", "dependsOn": "\#(parent)"}"#)
            let children = try await server.get("/api/events?dependsOn=\(parent)&fields=id")
            #expect(children.body.hasPrefix(#"{"events":[{"id":"\#(child)"}]"#))
            let both = try await server.get(
                "/api/events?id=\(parent)&id=\(child)&id=\(EventID.generate())&fields=id&order=asc")
            #expect(both.body.hasPrefix(#"{"events":[{"id":"\#(parent)"},{"id":"\#(child)"}]"#))
        }
    }

    @Test func `a page with payloads is short, and the next one goes on`() async throws {
        try await TestServer.run { server in
            let lines = (0..<40).map { #"{"topic": "a.b", "payload": {"n": \#($0)}}"# }
            #expect(try await server.post(lines.joined(separator: "\n"), type: .ndjson).status == 200)
            let first = try await server.get("/api/events?limit=100&fields=id,payload")
            #expect(first["events"]?.items.count == 32)
            let cursor = try #require(first["nextCursor"]?.text)
            let second = try await server.get("/api/events?limit=100&fields=id,payload&cursor=\(cursor)")
            #expect(second["events"]?.items.count == 8 && second["nextCursor"]?.text == nil)
            let ids = [first, second].flatMap { $0["events"]?.items ?? [] }.compactMap { $0["id"]?.text }
            #expect(Set(ids).count == 40)
            // Without payloads it is as long as was asked for.
            #expect(try await server.get("/api/events?limit=100")["events"]?.items.count == 40)
        }
    }

    @Test func `a cursor is good for its order only`() async throws {
        try await TestServer.run { server in
            _ = try await fill(server)
            let cursor = try #require(try await server.get("/api/events?limit=3")["nextCursor"]?.text)
            let answer = try await server.get("/api/events?limit=3&order=asc&cursor=\(cursor)")
            #expect(
                answer.status == 400
                    && answer.detail?.contains("cursor: the cursor is of a page in the other order") == true)
        }
    }
}
