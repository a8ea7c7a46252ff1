import Daybook
import DaybookIndex
import Foundation
import LosslessJSON
import Synchronization

/// Workers that claim jobs over HTTP and report each finished, one job after the other. Before each round as many sources
/// are published as it takes away, so that the queue is as long in all of them.
final class JobLoad: Contender {
    enum Figure {
        /// Jobs claimed and finished in a second, by all workers together.
        case jobsPerSecond
        /// The time that 99 of 100 claims are answered within, in milliseconds.
        case claimP99
    }

    private static let workers = 4
    private static let source = "bench.source"
    private static let target = "bench.job"
    private let server: Server
    private let figure: Figure
    private let jobs: Int

    /// - Parameter jobs: how many one round does.
    init(_ server: Server, figure: Figure, jobs: Int) {
        self.server = server
        self.figure = figure
        self.jobs = jobs
    }

    /// Publishes sources that wait, and others whose jobs are done.
    func fill(waiting: Int, done: Int) throws {
        let connection = try KeepAliveConnection(port: server.port)
        let sources = try publish(done, connection) { _ in #"{"topic":"\#(Self.source)"}"# }
        let hashes = sources.compactMap { EventID(anySpelling: $0) }.map {
            JobHash.text(target: Self.target, source: $0)
        }
        _ = try publish(done, connection) { number in
            #"{"topic":"\#(Self.target)","hash":"\#(hashes[number])","dependsOn":"\#(sources[number])"}"#
        }
        _ = try publish(waiting, connection) { _ in #"{"topic":"\#(Self.source)"}"# }
        // The first claim looks for the sources.
        try Self.work(1, KeepAliveConnection(port: server.port, headers: [("x-sender", "first")])) { _ in }
    }

    func round() throws -> Measurement {
        _ = try publish(jobs, KeepAliveConnection(port: server.port)) { _ in #"{"topic":"\#(Self.source)"}"# }
        let state = Mutex((claims: [Duration](), failure: nil as (any Error)?))
        let cpu = server.cpuSeconds
        let (share, port) = (jobs / Self.workers, server.port)
        let took = ContinuousClock().measure {
            DispatchQueue.concurrentPerform(iterations: Self.workers) { worker in
                do {
                    let connection = try KeepAliveConnection(
                        port: port, headers: [("x-sender", "worker-\(worker)")])
                    var claims: [Duration] = []
                    try Self.work(share, connection) { claims.append($0) }
                    state.withLock { $0.claims += claims }
                } catch {
                    state.withLock { $0.failure = error }
                }
            }
        }
        let (claims, failure) = state.withLock { ($0.claims.sorted(), $0.failure) }
        if let failure { throw failure }
        let used = (server.cpuSeconds - cpu) * 1e6 / Double(claims.count)
        return Measurement(
            value: figure == .jobsPerSecond
                ? Double(claims.count) / (took / .seconds(1)) : claims[claims.count * 99 / 100] / .milliseconds(1),
            cpuMicroseconds: used)
    }

    func stop() {
        server.stop()
    }

    // MARK: - Requests

    private static func work(_ jobs: Int, _ connection: KeepAliveConnection, claimed: (Duration) -> Void) throws {
        let claim = #"{"sourceTopic":"\#(source)","targetTopic":"\#(target)"}"#
        for _ in 0..<jobs {
            let start = ContinuousClock.now
            let answer = try connection.send("POST", "/api/enroll", claim)
            claimed(start.duration(to: .now))
            guard answer.status == 200, let id = try JSONMembers(answer.body)["id"]?.stringValue else {
                throw BenchError("a claim was answered with \(answer.status)")
            }
            let report = try connection.send("PATCH", "/api/events/\(id)", #"{"status":"finished"}"#)
            guard report.status == 204 else { throw BenchError("a report was answered with \(report.status)") }
        }
    }

    /// - Returns: the events' ids.
    private func publish(_ count: Int, _ connection: KeepAliveConnection, _ line: (Int) -> String) throws -> [String] {
        var ids: [String] = []
        for from in stride(from: 0, to: count, by: 10_000) {
            let lines = (from..<min(from + 10_000, count)).map(line).joined(separator: "\n")
            let answer = try connection.send("POST", "/api/events", lines, type: "application/x-ndjson")
            guard answer.status == 200, let results = try JSONMembers(answer.body)["results"]?.elements else {
                throw BenchError("a batch was answered with \(answer.status)")
            }
            ids += results.compactMap { $0.members?["id"]?.stringValue }
        }
        guard ids.count == count else { throw BenchError("\(ids.count) of \(count) events were stored") }
        return ids
    }
}
