import Foundation
import HTTPTypes
import Testing

@testable import DaybookServer

struct MetricsTests {
    @Test func `counts requests by route, not by what they ask for`() async throws {
        try await TestServer.run { server in
            let id = try await server.publish(#"{"topic": "a.b"}"#)
            _ = try await server.get("/api/events/\(id)")
            _ = try await server.get("/api/events/nonsense")
            _ = try await server.get("/nothing/\(id)")
            let metrics = try await server.get("/metrics")
            #expect(metrics.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(
                metrics.body.contains(
                    #"daybook_http_requests_total{method="GET",route="/api/events/{id}",status="200"} 1"#))
            #expect(
                metrics.body.contains(
                    #"daybook_http_requests_total{method="GET",route="/api/events/{id}",status="400"} 1"#))
            #expect(metrics.body.contains(#"route="NotFound",status="404"} 1"#))
            #expect(!metrics.body.contains(id))
            #expect(metrics.body.contains("daybook_log_appended_records_total "))
            #expect(metrics.body.contains("daybook_projector_lag_records 0\n"))
        }
    }

    @Test func `counts hashes and what the arbiter decided`() async throws {
        try await TestServer.run { server in
            let event = #"{"topic": "a.b", "hash": "h"}"#
            _ = try await server.publish(event)
            #expect(try await server.post(event).status == 409)
            let metrics = try await server.get("/metrics").body
            #expect(metrics.contains("\ndaybook_arbiter_hashes 1\n"))
            #expect(metrics.contains("\ndaybook_arbiter_jobs 0\n"))
            #expect(metrics.contains("\ndaybook_arbiter_verdicts_total{verdict=\"done\"} 1\n"))
            #expect(metrics.contains("\ndaybook_arbiter_verdicts_total{verdict=\"duplicate\"} 1\n"))
        }
    }

    @Test(.enabled(if: promtool != nil, "promtool is not installed"))
    func `are clean for promtool`() async throws {
        try await TestServer.run { server in
            try await server.register(#""name": "work", "delivery": "pull", "start": "earliest""#)
            _ = try await server.publish(#"{"topic": "a.b"}"#)
            _ = try await server.pull("work", 1)
            #expect(try check(try await server.get("/metrics").body) == "")
        }
    }

    @Test func `every answer has an id, the caller's own if it is fit to be logged`() async throws {
        try await TestServer.run { server in
            #expect(try await server.get("/livez", headers: [.requestID: "trace-1"]).headers[.requestID] == "trace-1")
            let own = try await server.get("/livez", headers: [.requestID: "a b"]).headers[.requestID]
            #expect(own != nil && own != "a b")
            let problem = try await server.get("/nothing")
            #expect(problem["requestId"]?.text == problem.headers[.requestID])
        }
    }

    private func check(_ metrics: String) throws -> String {
        let process = Process()
        process.executableURL = promtool
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(metrics.utf8))
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}

private let promtool: URL? =
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { URL(filePath: "\($0)/promtool") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }
