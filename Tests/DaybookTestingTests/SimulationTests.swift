import DaybookTesting
import Testing

/// Schedules over a simulated log, and that their checks notice what is wrong.
@Suite struct SimulationTests {
    @Test func `500 schedules keep what Daybook promises`() async throws {
        let summary = try await Simulation.run(seeds: 0..<500)
        for count in SimulationSummary.Count.allCases {
            #expect(summary[count] > 0, "no \(count.rawValue): these schedules show nothing of that")
        }
    }

    @Test(arguments: SimulationFault.allCases)
    func `a mistake breaks what it is about`(_ fault: SimulationFault) async throws {
        // Most are found within 20 seeds.
        for seed in 0..<UInt64(300) {
            do {
                _ = try await Simulation(seed: seed, fault: fault).run()
            } catch let violation as SimulationViolation {
                #expect(violation.seed == seed)
                if violation.rule == fault.rule { return }
            }
        }
        Issue.record("300 schedules with \(fault.rawValue) end in no violation of '\(fault.rule.rawValue)'")
    }

    @Test(arguments: [nil, SimulationFault.noTransaction])
    func `a seed does the same again`(_ fault: SimulationFault?) async throws {
        func steps() async -> [String] {
            var steps: [String] = []
            do {
                _ = try await Simulation(seed: 3, fault: fault).run { steps.append($0) }
            } catch {
                steps.append("\(error)")
            }
            return steps
        }
        let first = await steps()
        #expect(first.count > 50)
        #expect(await steps() == first)
    }

    @Test func `of several seeds the lowest with a violation is told`() async throws {
        let violation = await #expect(throws: SimulationViolation.self) {
            _ = try await Simulation.run(seeds: 0..<100, fault: .restoreToWrongEnd)
        }
        let seed = try #require(violation).seed
        for lower in 0..<seed { _ = try await Simulation(seed: lower, fault: .restoreToWrongEnd).run() }
    }
}
