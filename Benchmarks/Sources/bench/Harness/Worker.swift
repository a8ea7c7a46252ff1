import Foundation

/// A side that is a program doing a round for each line: one of ours, or a C program.
final class Worker: Contender {
    enum Figure {
        case perSecond
        /// Operations for each second that a processor was at work: what one core does, also when others use it, too.
        case perProcessorSecond
        case milliseconds
        /// Of one operation: what the side tells of its latencies, else the mean.
        case millisecondsEach
        /// What the result occupies, besides so many bytes, for each of so many events.
        case bytesEach(events: Int, besides: Int)
    }

    private let process: LineProcess
    private let figure: Figure

    init(_ path: String, _ arguments: [String], figure: Figure = .perSecond) throws {
        process = try LineProcess(path, arguments)
        self.figure = figure
        let first = try process.line()
        guard first == "ready" else { throw BenchError("\(path) said '\(first)' where it should be ready") }
    }

    func round() throws -> Measurement {
        try process.send("round")
        let line = try process.line()
        guard let report = try? JSONDecoder().decode(RoundReport.self, from: Data(line.utf8)) else {
            throw BenchError("a worker answered '\(line)'")
        }
        let operations = Double(max(report.operations, 1))
        let value =
            switch figure {
            case .perSecond: operations / report.seconds
            case .perProcessorSecond: operations / report.cpuSeconds
            case .milliseconds: report.seconds * 1000
            case .millisecondsEach: (report.latency ?? report.seconds / operations) * 1000
            case .bytesEach(let events, let texts): Double(report.bytes - texts) / Double(events)
            }
        return Measurement(value: value, cpuMicroseconds: report.cpuSeconds * 1e6 / operations)
    }

    func stop() {
        process.stop()
    }
}
