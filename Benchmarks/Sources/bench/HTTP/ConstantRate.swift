import Foundation

/// A server asked at a constant rate; the figure is the time that 99 of 100 requests stay within, in milliseconds.
///
/// Requests leave when they are due, one by one, on 10 connections. A connection that still waits for its last answer
/// sends late; too many of those, and the number of requests a second shows it.
final class ConstantRate: Contender {
    private static let connections = 10
    private let server: Server
    private let seconds: Int
    private let requestsPerSecond: Int
    private let log: String
    private let uris: String

    /// - Parameter paths: asked for in turn.
    init(_ server: Server, paths: [String], requestsPerSecond: Int, seconds: Int, directory: String) throws {
        self.server = server
        self.seconds = seconds
        self.requestsPerSecond = requestsPerSecond
        log = "\(directory)/latencies-\(server.port)"
        uris = "\(directory)/uris-\(server.port)"
        try paths.map { server.url($0) }.joined(separator: "\n").write(toFile: uris, atomically: true, encoding: .utf8)
    }

    func round() throws -> Measurement {
        unlink(log)
        let cpu = server.cpuSeconds
        try Program.run(
            "h2load",
            [
                "--h1", "-t", "1", "-c", "\(Self.connections)", "-n", "\(requestsPerSecond * seconds)", "--rps",
                "\(requestsPerSecond / Self.connections)", "--log-file", log, "-i", uris,
                // One connection after the other: those that begin at once would send at once for ever.
                "-r", "1", "--rate-period", "\(1000 / requestsPerSecond)ms",
            ])
        let used = server.cpuSeconds - cpu
        // Start (microseconds), status, duration (microseconds).
        let requests = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: "\t").compactMap { Int($0) }
        }
        guard !requests.isEmpty, requests.allSatisfy({ $0.count == 3 }) else {
            throw BenchError("h2load logged nothing")
        }
        let refused = requests.count { $0[1] != 200 }
        guard refused == 0 else { throw BenchError("\(refused) of \(requests.count) answers were no 200") }
        let durations = requests.map { $0[2] }.sorted()
        var measurement = Measurement(
            value: Double(durations[min(durations.count - 1, durations.count * 99 / 100)]) / 1000,
            cpuMicroseconds: used * 1e6 / Double(requests.count))
        let starts = requests.map { $0[0] }
        let took = Double((starts.max() ?? 0) - (starts.min() ?? 0)) / 1e6
        let reached = Int(Double(requests.count) / max(took, 1e-6))
        if reached < requestsPerSecond * 98 / 100 {
            measurement.remark = "Only \(reached) of \(requestsPerSecond) requests a second could be sent."
        }
        return measurement
    }

    func stop() {
        server.stop()
    }
}
