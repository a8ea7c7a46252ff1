import Daybook
import DaybookIndex
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// Events that have left the index for its bounds are found in the log.
struct EvictedEventTests {
    /// Three events of one partition, of which an index of one keeps the last.
    private func run(_ body: @escaping @Sendable (TestServer, [String]) async throws -> Void) async throws {
        var bounds = IndexBounds()
        bounds.maximumEventsPerPartition = 1
        try await TestServer.run(bounds: bounds) { server in
            let lines = (0..<3).map { #"{"topic": "a.b", "orderingKey": "one", "payload": {"number": \#($0)}}"# }
            let answer = try await server.post(lines.joined(separator: "\n"), type: .ndjson)
            let ids = try #require(answer["results"]).items.compactMap { $0["id"]?.text }
            let kept = try await server.get("/api/events")["events"]?.items.compactMap { $0["id"]?.text }
            #expect(kept == [ids[2]])
            try await body(server, ids)
        }
    }

    @Test func `an event over the index's bounds is read, changed and deleted as the log has it`() async throws {
        try await run { server, ids in
            let path = "/api/events/\(ids[0])"
            let found = try await server.get(path)
            #expect(found.status == 200 && found.headers[.daybookFoundIn] == "log", "\(found)")
            #expect(found["topic"]?.text == "a.b" && found["payload"]?["number"]?.number == "0")
            #expect(try await server.get("/api/events/\(ids[2])").headers[.daybookFoundIn] == nil)

            #expect(try await server.send(.patch, path, #"{"status": "failed"}"#).status == 204)
            #expect(try await server.get(path)["status"]?.text == "failed")
            let history = try await server.get(path + "/history")["history"]?.items
            #expect(history?.map { $0["change"]?.text } == ["created", "changed"])
            #expect(try await server.send(.delete, path).status == 204)
            #expect(try await server.get(path).status == 404)
            #expect(try await server.get("/api/events/\(EventID.generate())").status == 404)
        }
    }

    @Test func `while the log cannot be read it is unavailable, not unknown`() async throws {
        try await run { server, ids in
            server.log.fault = .all(.unavailable("gone"))
            let path = "/api/events/\(ids[0])"
            let answer = try await server.get(path)
            #expect(answer.status == 503 && answer.headers[.retryAfter] == "1" && answer["stored"] == nil, "\(answer)")
            #expect(answer.detail == "the log cannot be read now: the log cannot be reached: gone")
            for write in [try await server.send(.patch, path, "{}"), try await server.send(.delete, path)] {
                #expect(write.status == 503 && write["stored"]?.text == "no", "\(write)")
            }
        }
    }
}
