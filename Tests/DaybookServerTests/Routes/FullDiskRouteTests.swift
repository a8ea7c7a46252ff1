import Daybook
import DaybookIndex
import DaybookSQLite
import DaybookTesting
import Foundation
import HTTPTypes
import LosslessJSON
import Testing

@testable import DaybookServer

/// The embedded log has used up its space: writes are refused and not stored, all else goes on.
struct FullDiskRouteTests {
    @Test func `without space writes are refused until there is some`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "daybook-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var configuration = SQLiteLog.Configuration()
        configuration.maximumTotalBytes = 1 << 20
        let log = BreakableLog(try await SQLiteLog.open(directory: directory, configuration: configuration))
        try await TestServer.run(log: log) { server in
            let body = #"{"topic": "a.b", "payload": {"filler": "\#(String(repeating: "x", count: 100_000))"}}"#
            var stored: [String] = []
            var refused: Answer?
            while refused == nil, stored.count < 20 {
                let answer = try await server.post(body)
                if let id = answer["id"]?.text, answer.status == 200 { stored.append(id) } else { refused = answer }
            }
            let answer = try #require(refused, "\(stored.count) events of 100 kB fit into 1 MiB")
            #expect(answer.status == 503 && answer["stored"]?.text == "no" && answer["id"] == nil, "\(answer)")
            #expect(answer.headers[.retryAfter] == "1")
            #expect(answer.detail?.hasPrefix("no space left: ") == true, "\(answer)")
            let batch = try await server.post("\(body)\n\(body)", type: .ndjson)
            #expect(batch.status == 503 && batch["stored"]?.text == "no", "\(batch)")

            // All else goes on, and shows what was acknowledged and nothing else.
            #expect(try await server.get("/livez").status == 200)
            let listed = try await server.get("/api/events?fields=id&order=asc")["events"]?.items
            #expect(listed?.compactMap { $0["id"]?.text } == stored)
            let first = try #require(stored.first)
            #expect(try await server.get("/api/events/\(first)").body.contains("xxx"), "payloads are read")

            // Old records go, as retention would have them go, and there is space.
            let streams = try server.node.parts().catalog.historyStreams
            for (partition, marks) in try await log.watermarks(of: streams.flatMap(\.allPartitions)) {
                try await log.trim(partition, before: marks.end)
            }
            let freed = try await withDeadline(what: "space to be freed") {
                while true {
                    let answer = try await server.post(body)
                    if answer.status == 200 { return answer }
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            let id = try #require(freed["id"]?.text)
            #expect(try await server.get("/api/events/\(id)").status == 200)
        }
    }
}
