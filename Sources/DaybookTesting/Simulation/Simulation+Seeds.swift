extension Simulation {
    /// Runs a schedule for each seed, several at once.
    ///
    /// - Returns: what happened in all of them.
    /// - Throws: the ``SimulationViolation`` of the lowest seed that has one.
    public static func run(
        seeds: Range<UInt64>, fault: SimulationFault? = nil, atOnce: Int = 4
    ) async throws -> SimulationSummary {
        try await withThrowingTaskGroup(of: (SimulationSummary, SimulationViolation?).self) { group in
            var rest = seeds.makeIterator()
            func add() {
                guard let seed = rest.next() else { return }
                group.addTask {
                    do {
                        return (try await Simulation(seed: seed, fault: fault).run(), nil)
                    } catch let violation as SimulationViolation {
                        return (SimulationSummary(), violation)
                    }
                }
            }
            for _ in 0..<atOnce { add() }
            var (total, first) = (SimulationSummary(), SimulationViolation?.none)
            while let (summary, violation) = try await group.next() {
                total += summary
                if let violation, violation.seed < first?.seed ?? .max { first = violation }
                // Lower seeds are under way at most.
                if first == nil { add() }
            }
            if let first { throw first }
            return total
        }
    }
}
