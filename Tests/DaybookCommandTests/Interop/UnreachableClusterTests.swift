import Foundation
import Testing

/// A server whose Kafka cluster is down when it starts.
@Suite struct UnreachableClusterTests {
    @Test("the server stays up, says why it is not ready, and takes no writes")
    func downAtStart() async throws {
        // Nobody listens on port 1.
        let server = try await ServerProcess.start(["--port", "0", "--log", "kafka://127.0.0.1:1"])
        var readiness = try await answer(of: server, "/readyz")
        // Until the first attempt has failed there is no reason yet.
        while readiness.contains("is being opened") { readiness = try await answer(of: server, "/readyz") }
        #expect(readiness.hasPrefix("HTTP/1.1 503 "))
        #expect(readiness.contains("no Kafka broker at 127.0.0.1:1 answers"))
        #expect(readiness.contains("Connection refused"))
        #expect(try await answer(of: server, "/livez").hasPrefix("HTTP/1.1 200 "))

        let write = try await answer(
            of: server, "/api/events", ["--json", #"{"topic": "a.b"}"#])
        #expect(write.hasPrefix("HTTP/1.1 503 "))
        #expect(write.lowercased().contains("\r\nretry-after: "))
        #expect(write.contains(#""stored":"no""#))
        #expect(server.isRunning)
        #expect(await server.stop() == 0)
    }

    /// What the server answers, with its head.
    private func answer(of server: ServerProcess, _ path: String, _ options: [String] = []) async throws -> String {
        try await Program.run("/usr/bin/curl", ["--silent", "--show-error", "-i", server.url + path] + options).output
    }
}
