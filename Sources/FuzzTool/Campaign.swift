import Foundation
import Synchronization

/// Many inputs for one decoder.
struct Campaign {
    /// How long one input may take. Code that is not optimized takes many times as long.
    #if DEBUG
        static let limit = Duration.milliseconds(500)
    #else
        static let limit = Duration.milliseconds(100)
    #endif
    /// What may be there for the first time late: buffers, tables, the allocator's own.
    static let allowedGrowth = 16 << 20

    let name: String
    let seed: UInt64
    let first: Int
    let count: Int

    /// - Returns: whether everything held.
    func run<Target: FuzzTarget>(_ type: Target.Type) async -> Bool {
        var target: Target
        do {
            target = try Target()
        } catch {
            print("\(name): \(error)")
            return false
        }
        let clock = ContinuousClock()
        let start = clock.now
        var taken = 0
        var failures = 0
        var slowest = Duration.zero
        var early = 0
        Watch.begin(name, seed)
        for number in first..<(first + count) {
            Watch.number.store(number, ordering: .relaxed)
            var random = FuzzRandom(seed: seed, name: name, number: number)
            let input = target.input(&random)
            do {
                var time = Duration.seconds(3600)
                // The machine may be busy with something else: only what is slow three times is slow.
                for _ in 0..<3 where time > Self.limit {
                    let begin = clock.now
                    let isTaken = try await target.run(input)
                    if time == .seconds(3600), isTaken { taken += 1 }
                    time = min(time, begin.duration(to: clock.now))
                }
                slowest = max(slowest, time)
                try check(time <= Self.limit, "it takes \(time)")
            } catch {
                failures += 1
                print("\(name): input \(number), seed \(seed): \(error)\n\(target.describe(input))\n")
                fflush(nil)
                if failures == 10 { break }
            }
            if number - first == count / 10 { early = Self.residentBytes }
        }
        Watch.end()
        let growth = early == 0 ? 0 : Self.residentBytes - early
        let isBounded = growth <= Self.allowedGrowth
        let seconds = start.duration(to: clock.now) / .seconds(1)
        print(
            "\(name): \(count) inputs, seed \(seed): \(taken) taken, \(failures) wrong, slowest \(Int(slowest / .microseconds(1))) µs,"
                + " memory \(growth / 1024) KiB more at the end than after a tenth\(isBounded ? "" : ": TOO MUCH"),"
                + " \(Int(seconds)) s")
        return failures == 0 && isBounded
    }

    private static var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
