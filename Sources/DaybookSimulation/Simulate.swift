public import ArgumentParser
public import DaybookTesting

@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs seeded schedules over a simulated log, and checks after each what Daybook promises.",
        discussion: """
            Publishers, workers, and servers with their arbiters and projectors take small steps in an order that the \
            seed decides, over a log in which transactions stay open, commits have an unknown outcome, members fall \
            asleep and wake late, and whatever can crash does. A seed that shows a violation is printed; with --seed it \
            is run again, step by step.

            Exit codes: 0 nothing found, 1 a violation, 64 wrong usage.
            """)

    @Option(help: "How many schedules to run (default: 1000, or 1 with --seed).")
    var seeds: Int?

    @Option(help: "The first seed (default: 0).")
    var seed: UInt64?

    @Option(name: .customLong("break"), help: "Make a mistake for ever, and see that it is noticed: \(faults).")
    var fault: SimulationFault?

    private static let faults = SimulationFault.allCases.map(\.rawValue).joined(separator: ", ")

    @Flag(help: "Tell every step of the schedule that --seed names.")
    var trace = false

    func validate() throws {
        if let seeds, seeds < 1 { throw ValidationError("--seeds is how many schedules to run: 1 or more") }
        if trace, seed == nil || seeds ?? 1 > 1 {
            throw ValidationError("--trace tells of one schedule: name it with --seed")
        }
    }

    func run() async throws {
        if let seed, trace {
            _ = try await report { try await Simulation(seed: seed, fault: fault).run { print($0) } }
            print("seed \(seed): all held")
            return
        }
        let first = seed ?? 0
        let seeds = seeds ?? (seed == nil ? 1000 : 1)
        let clock = ContinuousClock()
        let start = clock.now
        let summary = try await report {
            try await Simulation.run(seeds: first..<(first + UInt64(seeds)), fault: fault)
        }
        let seconds = (clock.now - start) / .seconds(1)
        print(
            "\(seeds) seeds from \(first) on, 0 violations, in \(Int(seconds)) s (\(Int(Double(seeds) / seconds)) a second)"
        )
        for count in SimulationSummary.Count.allCases { print("  \(count.rawValue): \(summary[count])") }
    }

    private func report<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let violation as SimulationViolation {
            print("VIOLATION: \(violation)")
            let option = fault.map { " --break \($0.rawValue)" } ?? ""
            print("To see how it came about: scripts/simulate --seed \(violation.seed) --trace\(option)")
            throw ExitCode(1)
        }
    }
}

extension SimulationFault: ExpressibleByArgument {}
