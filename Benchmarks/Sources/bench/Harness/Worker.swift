import Foundation

/// A side that is a program doing a round for each line: one of ours, or a C program.
final class Worker: Contender {
    enum Figure { case perSecond, seconds, bytesPerOperation }

    private let process: LineProcess
    private let figure: Figure
    /// Taken off the bytes of each operation: the texts that every side has to keep.
    private let texts: Double

    init(_ path: String, _ arguments: [String], figure: Figure = .perSecond, texts: Double = 0) throws {
        process = try LineProcess(path, arguments)
        self.figure = figure
        self.texts = texts
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
            case .seconds: report.seconds
            case .bytesPerOperation: Double(report.bytes) / operations - texts
            }
        return Measurement(value: value, cpuMicroseconds: report.cpuSeconds * 1e6 / operations)
    }

    func stop() {
        process.stop()
    }
}
