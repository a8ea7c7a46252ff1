import Foundation

/// A server that gets one request after the other on a number of connections; the figure is requests a second.
final class FullLoad: Contender {
    private let server: Server
    private let connections: Int
    private let seconds: Int
    private let body: String

    /// - Parameter body: sent with each request, as JSON.
    init(_ server: Server, body: String, connections: Int, seconds: Int, directory: String) throws {
        self.server = server
        self.connections = connections
        self.seconds = seconds
        self.body = "\(directory)/body-\(server.port).json"
        try body.write(toFile: self.body, atomically: true, encoding: .utf8)
    }

    func round() throws -> Measurement {
        let cpu = server.cpuSeconds
        let output = try Program.run(
            "h2load",
            [
                "--h1", "-t", "1", "-c", "\(connections)", "-D", "\(seconds)", "-d", body, "-H",
                "content-type: application/json", server.url("/api/events"),
            ])
        let used = server.cpuSeconds - cpu
        // "requests: 9 total, 9 started, 9 done, 9 succeeded, 0 failed, …"
        let counts = output.split(separator: "\n").first { $0.hasPrefix("requests:") }?.split(separator: ",") ?? []
        func count(_ what: String) -> Int? {
            counts.first { $0.hasSuffix(" \(what)") }?.split(separator: " ").first { Int($0) != nil }.flatMap {
                Int($0)
            }
        }
        guard let succeeded = count("succeeded"), succeeded > 0 else { throw BenchError("h2load said: \(output)") }
        guard count("failed") == 0 else { throw BenchError("\(count("failed") ?? 0) of the requests were refused") }
        return Measurement(
            value: Double(succeeded) / Double(seconds), cpuMicroseconds: used * 1e6 / Double(succeeded))
    }

    func stop() {
        server.stop()
    }
}
