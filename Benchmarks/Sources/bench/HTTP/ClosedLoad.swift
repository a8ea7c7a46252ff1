import Foundation

/// A server that gets one request after the other on each of a number of connections.
final class ClosedLoad: Contender {
    enum Figure {
        /// Requests answered in a second.
        case perSecond
        /// The time that so many of 100 answers stay within, in milliseconds.
        case percentile(Int)
    }

    struct Request {
        var method = "GET"
        /// Asked for in turn.
        var paths: [String]
        /// JSON.
        var body: String?
    }

    private let server: Server
    private let figure: Figure
    private let log: String
    private let arguments: [String]

    init(
        _ server: Server, _ request: Request, connections: Int, seconds: Int, figure: Figure, directory: String
    ) throws {
        self.server = server
        self.figure = figure
        log = "\(directory)/latencies-\(server.port)"
        let uris = "\(directory)/uris-\(server.port)"
        try request.paths.map { server.url($0) }.joined(separator: "\n")
            .write(toFile: uris, atomically: true, encoding: .utf8)
        var arguments = [
            "--h1", "-t", "1", "-c", "\(connections)", "-D", "\(seconds)", "-i", uris, "--log-file", log,
            "-H", ":method: \(request.method)",
        ]
        if let body = request.body {
            let file = "\(directory)/body-\(server.port).json"
            try body.write(toFile: file, atomically: true, encoding: .utf8)
            arguments += ["-d", file, "-H", "content-type: application/json"]
        }
        self.arguments = arguments
    }

    func round() throws -> Measurement {
        unlink(log)
        let cpu = server.cpuSeconds
        let output = try Program.run("h2load", arguments)
        let used = server.cpuSeconds - cpu
        // Start (microseconds), status, duration (microseconds).
        let answers = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: "\t").compactMap { Int($0) }
        }
        guard !answers.isEmpty, answers.allSatisfy({ $0.count == 3 }) else {
            throw BenchError("h2load said: \(output)")
        }
        let refused = answers.count { !(200...299).contains($0[1]) }
        guard refused == 0 else { throw BenchError("\(refused) of \(answers.count) requests were refused") }
        return Measurement(value: value(answers), cpuMicroseconds: used * 1e6 / Double(answers.count))
    }

    private func value(_ answers: [[Int]]) -> Double {
        switch figure {
        case .perSecond:
            let first = answers.map { $0[0] }.min() ?? 0
            let last = answers.map { $0[0] + $0[2] }.max() ?? 0
            return Double(answers.count) * 1e6 / Double(max(1, last - first))
        case .percentile(let percent):
            let durations = answers.map { $0[2] }.sorted()
            return Double(durations[min(durations.count - 1, durations.count * percent / 100)]) / 1000
        }
    }

    func stop() {
        server.stop()
    }
}
