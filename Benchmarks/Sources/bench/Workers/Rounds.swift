import Daybook
import Foundation

/// Daybook's counterpart of the C programs' rounds: for each line on standard input one round, and a line about it.
enum Rounds {
    /// What a round tells besides its times.
    struct Outcome {
        var operations: Int
        var bytes = 0
        /// Of one operation, in seconds: what of many the row is about.
        var latency: Double?
    }

    /// - Parameter round: does the preparations, calls the body it is given around what is to be timed, and cleans up.
    static func serve(_ round: (Stopwatch) async throws -> Outcome) async throws {
        print("ready")
        fflush(nil)
        while readLine() != nil {
            let watch = Stopwatch()
            let outcome = try await round(watch)
            watch.stop()
            let report = RoundReport(
                operations: outcome.operations, seconds: watch.seconds, cpuSeconds: watch.cpuSeconds,
                bytes: outcome.bytes, latency: outcome.latency)
            print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
            fflush(nil)
        }
    }
}

/// Time and CPU time of a round; it runs from its making to the first stop, unless it is started anew.
final class Stopwatch {
    private var begin = Instant.now
    private var end: Instant?

    /// Leaves what came before out.
    func start() { begin = .now }

    /// Leaves what comes after out.
    func stop() { end = end ?? .now }

    var seconds: Double { (end ?? .now).wall - begin.wall }
    var cpuSeconds: Double { (end ?? .now).cpu - begin.cpu }

    private struct Instant {
        var wall: Double
        var cpu: Double

        static var now: Instant {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            var usage = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return Instant(
                wall: Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9,
                cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime))
        }

        private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    }
}
