import Daybook

/// The arbiters' consumer group over the inbox. Nobody is told of a rebalance: members find out when they ask, and the
/// generation is checked where a position is committed, and nowhere else.
struct SimulatedGroup {
    struct Commit {
        let partition: Int32
        let offset: Int64
        let member: Int
        let generation: Int
    }

    private(set) var members: [Int] = []
    /// Who has which partition, by generation.
    private(set) var assignments: [[Int32: Int]] = [[:]]
    private(set) var committed: [Int32: Int64] = [:]
    /// All there ever were.
    private(set) var commits: [Commit] = []
    private var lastMember = 0

    var generation: Int { assignments.count - 1 }

    mutating func join(using random: inout SeededGenerator) -> Int {
        lastMember += 1
        members.append(lastMember)
        rebalance(using: &random)
        return lastMember
    }

    mutating func leave(_ member: Int, using random: inout SeededGenerator) {
        guard let at = members.firstIndex(of: member) else { return }
        members.remove(at: at)
        rebalance(using: &random)
    }

    mutating func rebalance(using random: inout SeededGenerator) {
        var assignment: [Int32: Int] = [:]
        for partition in 0..<SimulatedStream.partitions {
            assignment[partition] = members.randomElement(using: &random)
        }
        assignments.append(assignment)
    }

    /// The partitions of a member, in order; nil when it is no member any more.
    func partitions(of member: Int) -> [Int32]? {
        guard members.contains(member) else { return nil }
        return (0..<SimulatedStream.partitions).filter { assignments[generation][$0] == member }
    }

    /// All that Kafka checks: not whether the partition is the member's.
    func accepts(_ commit: Commit) -> Bool {
        members.contains(commit.member) && commit.generation == generation
    }

    mutating func commit(_ commit: Commit) {
        committed[commit.partition] = commit.offset
        commits.append(commit)
    }
}
