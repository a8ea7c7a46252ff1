import Daybook

/// One schedule, made of a seed: publishers, workers and servers with their arbiters and projectors use a log that is as
/// unreliable as Kafka may be, one small step of one of them after the other, in an order that the seed decides. Then
/// the log and what was told is checked. The same seed does the same again.
public struct Simulation: Sendable {
    /// How many steps may go wrong.
    private static let steps = 240...480
    /// How many more it may take until all is decided.
    private static let endingSteps = 20_000

    public let seed: UInt64
    public let fault: SimulationFault?

    public init(seed: UInt64, fault: SimulationFault? = nil) {
        self.seed = seed
        self.fault = fault
    }

    /// - Parameter tracer: is told what happens.
    /// - Throws: ``SimulationViolation``.
    public func run(tracer: ((String) -> Void)? = nil) async throws -> SimulationSummary {
        let world = SimulatedWorld(seed: seed, fault: fault, tracer: tracer)
        for _ in 0..<Int.random(in: Self.steps, using: &world.random) { await world.step() }
        do {
            try await end(world)
            try await SimulationCheck(world).run()
        } catch let violation as SimulationCheck.Violation {
            throw SimulationViolation(rule: violation.rule, reason: violation.reason, seed: seed)
        }
        return world.summary
    }

    /// Lets everything that is under way come to its end.
    private func end(_ world: SimulatedWorld) async throws {
        world.isEnding = true
        world.trace("nothing fails from here on")
        for _ in 0..<Self.endingSteps {
            if world.isSettled { return }
            if let (rule, reason) = world.failure { throw SimulationCheck.Violation(rule, reason) }
            await world.endingStep()
        }
        throw SimulationCheck.Violation(
            .progress, "there are requests that nobody decides, or verdicts that nobody gets")
    }
}
