import Daybook
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// Pages and cursors of GraphQL's `events`.
struct EventPagesTests {
    private func fill(_ server: TestServer, _ count: Int) async throws {
        let lines = (0..<count).map { #"{"topic": "t.n\#($0)", "createdAt": "2026-01-01T00:00:00Z"}"# }
        _ = try await server.post(lines.joined(separator: "\n"), type: .ndjson)
    }

    private struct Page {
        var topics: [String]
        var next: Bool
        var previous: Bool
        var start: String?
        var end: String?
        var cursors: [String]
    }

    private func page(_ server: TestServer, _ arguments: String) async throws -> Page {
        let answer = try await server.query(
            """
            { events(\(arguments)) { edges { cursor node { topic } }
              pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
            """)
        guard let events = answer["data"]?["events"], let info = events["pageInfo"] else {
            throw TestServer.Unexpected(answer: answer)
        }
        let edges = events["edges"]?.items ?? []
        return Page(
            topics: edges.compactMap { $0["node"]?["topic"]?.text }, next: info["hasNextPage"] == .bool(true),
            previous: info["hasPreviousPage"] == .bool(true), start: info["startCursor"]?.text,
            end: info["endCursor"]?.text, cursors: edges.compactMap { $0["cursor"]?.text })
    }

    /// All pages of a size, one after the other.
    private func walk(_ server: TestServer, _ count: String, _ cursor: String) async throws -> [Page] {
        var pages = [try await page(server, count)]
        while let last = pages.last, cursor == "after" ? last.next : last.previous, let end = last.end {
            pages.append(try await page(server, #"\#(count), \#(cursor): "\#(end)""#))
        }
        return pages
    }

    @Test(arguments: [1, 3, 5, 10, 11])
    func `both ways through all pages, without a gap or a repeat`(size: Int) async throws {
        try await TestServer.run { server in
            try await fill(server, 10)
            let all = try await page(server, "first: 100").topics
            #expect(Set(all) == Set((0..<10).map { "t.n\($0)" }))
            let forward = try await walk(server, "first: \(size)", "after")
            #expect(forward.flatMap(\.topics) == all)
            #expect(forward.count == (10 + size - 1) / size, "the last page says that it is the last")
            #expect(forward.map(\.next) == forward.indices.map { $0 < forward.count - 1 })
            #expect(forward.map(\.previous) == forward.indices.map { $0 > 0 })
            let backward = try await walk(server, "last: \(size)", "before")
            #expect(backward.flatMap(\.topics) == all.reversed(), "the newest first, as AYON has it")
            #expect(backward.map(\.previous) == backward.indices.map { $0 < backward.count - 1 })
            #expect(backward.map(\.next) == backward.indices.map { $0 > 0 })
            for page in forward + backward {
                #expect(page.start == page.cursors.first && page.end == page.cursors.last)
            }
        }
    }

    @Test func `a cursor is a place, whichever way it is used`() async throws {
        try await TestServer.run { server in
            try await fill(server, 10)
            let all = try await page(server, "first: 10")
            let (third, seventh) = (all.cursors[3], all.cursors[7])
            #expect(try await page(server, #"last: 2, before: "\#(third)""#).topics == [all.topics[2], all.topics[1]])
            #expect(
                try await page(server, #"first: 9, after: "\#(third)", before: "\#(seventh)""#).topics
                    == Array(all.topics[4...6]))
            #expect(
                try await page(server, #"last: 2, after: "\#(third)", before: "\#(seventh)""#).topics
                    == [all.topics[6], all.topics[5]])
            #expect(try await page(server, #"first: 3, before: "\#(third)""#).topics == Array(all.topics[0...2]))
            #expect(try await page(server, #"last: 9, after: "\#(seventh)""#).topics == [all.topics[9], all.topics[8]])
            #expect(try await page(server, "first: 2, last: 5").topics == [all.topics[9], all.topics[8]])
            let none = try await page(server, "first: 0")
            #expect(none.topics.isEmpty && none.next && none.end == nil)
            let beyond = try await page(server, #"first: 5, after: "\#(all.cursors[9])""#)
            #expect(beyond.topics.isEmpty && !beyond.next && beyond.end == nil && beyond.start == nil)
        }
    }

    @Test func `a hundred unless told otherwise, thousands when wanted`() async throws {
        try await TestServer.run { server in
            try await fill(server, 1250)
            let first = try await page(server, #"topics: ["t.*"]"#)
            #expect(first.topics.count == 100 && first.next && !first.previous)
            let many = try await page(server, "last: 1200")
            #expect(many.topics.count == 1200 && many.previous && Set(many.topics).count == 1200)
            let all = try await page(server, "first: 10000")
            #expect(all.topics.count == 1250 && !all.next)
        }
    }

    @Test func `payloads are read when they are asked for, and end a page that gets too large`() async throws {
        var options = ServerOptions()
        options.maximumPayloadBytesInAnswer = 64 << 10
        try await TestServer.run(options: options) { server in
            let text = String(repeating: "x", count: 10_000)
            for number in 0..<10 {
                _ = try await server.publish(#"{"topic": "big.n\#(number)", "payload": {"x": "\#(text)"}}"#)
            }
            let document =
                "{ events(first: 10) { edges { node { topic payload } } pageInfo { hasNextPage endCursor } } }"
            let first = try await server.query(document)["data"]?["events"]
            let count = try #require(first?["edges"]?.items.count)
            #expect(count == 7)
            #expect(first?["pageInfo"]?["hasNextPage"] == .bool(true))
            let end = try #require(first?["pageInfo"]?["endCursor"]?.text)
            let rest = try await server.query(
                document.replacing("first: 10", with: #"first: 10, after: "\#(end)""#))["data"]?["events"]
            #expect(count + (rest?["edges"]?.items.count ?? 0) == 10)
            #expect(rest?["pageInfo"]?["hasNextPage"] == .bool(false))
            let twice = try await server.query(
                "{ a: events(first: 10) { edges { node { payload } } } b: events { edges { node { payload } } } }")
            // They are answered side by side: either shares what one answer may have, or one of them gets nothing.
            if let error = twice["errors"]?.items.first {
                #expect(error["extensions"]?["status"]?.number == "413")
            } else {
                let counts = ["a", "b"].compactMap { twice["data"]?[$0]?["edges"]?.items.count }
                #expect(counts.count == 2 && counts.reduce(0, +) == 7)
            }
            #expect(try await page(server, "first: 10").topics.count == 10)
        }
    }
}
