/// What did not hold in a simulated schedule.
public struct SimulationViolation: Error, Hashable, CustomStringConvertible {
    /// What Daybook promises (docs/design.md), and what its parts promise each other so that it can.
    public enum Rule: String, Hashable, Sendable, CaseIterable {
        /// G1: an acknowledged write is there.
        case durable
        /// G2: what was acknowledged before comes before.
        case order
        /// G3: at any point one event at most has a hash, and everybody is told the same one.
        case unique
        /// G5: an index is a function of the log.
        case oneTruth = "one truth"
        /// G6: a job has one holder, and former holders are refused.
        case oneWinner = "one winner"
        /// Every request has one answer, and history holds what was answered and nothing else.
        case answered
        /// Only who has a partition commits its position.
        case ownership
        /// When nothing fails any more, everything is decided in the end.
        case progress
    }

    public var rule: Rule
    public var reason: String
    public var seed: UInt64

    public var description: String { "seed \(seed): \(rule.rawValue): \(reason)" }
}
