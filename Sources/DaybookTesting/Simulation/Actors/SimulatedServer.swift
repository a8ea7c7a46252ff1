import Daybook

/// A server as far as it is a member of the arbiters' group.
final class SimulatedServer {
    enum Condition {
        case up
        /// Stopped in the middle of something; goes on with it when it wakes, however late.
        case asleep
        case down
    }

    private(set) var condition = Condition.up
    private var member: Int?
    private var arbiters: [SimulatedArbiter] = []
    private let disk = SimulatedDisk()
    private let skew: Duration

    init(_ world: SimulatedWorld) {
        skew = .milliseconds(Int.random(in: -8000...8000, using: &world.random))
    }

    var isRestoring: Bool { condition != .down && arbiters.contains { $0.isRestoring } }

    func step(_ world: SimulatedWorld) {
        guard condition == .up else { return }
        guard member != nil, let arbiter = arbiters.randomElement(using: &world.random),
            Int.random(in: 0..<5, using: &world.random) > 0
        else {
            return poll(world)
        }
        do {
            try arbiter.step(world, skew: skew)
        } catch {
            // Whether the partition is still this server's is found out by asking the group.
            world.note(.refusals, "arbiter \(member ?? 0) is refused in inbox:\(arbiter.partition): \(error)")
            arbiters.removeAll { $0 === arbiter }
        }
    }

    /// Asks the group which partitions are this server's.
    private func poll(_ world: SimulatedWorld) {
        guard let member, let assigned = world.broker.group.partitions(of: member) else {
            arbiters = []
            member = world.broker.group.join(using: &world.random)
            world.note(.rebalances, "member \(member ?? 0) joins")
            return
        }
        let generation = world.broker.group.generation
        arbiters.removeAll { !assigned.contains($0.partition) }
        for partition in assigned {
            if let arbiter = arbiters.first(where: { $0.partition == partition }) {
                arbiter.generation = generation
            } else {
                arbiters.append(SimulatedArbiter(partition, member: member, generation: generation, disk, world))
            }
        }
    }

    /// The group no longer waits for a member that says nothing.
    func expire(_ world: SimulatedWorld) {
        guard let member, condition != .up, world.broker.group.members.contains(member) else { return }
        world.broker.group.leave(member, using: &world.random)
        world.note(.rebalances, "member \(member) is taken for dead")
    }

    func crash(_ world: SimulatedWorld) {
        guard condition != .down else { return }
        condition = .down
        arbiters = []
        world.note(.crashes, "arbiter \(member ?? 0) crashes")
    }

    func sleep(_ world: SimulatedWorld) {
        guard condition == .up else { return }
        condition = .asleep
        world.trace("arbiter \(member ?? 0) falls asleep")
    }

    /// Starts again, or goes on as if nothing had been.
    func wake(_ world: SimulatedWorld) {
        guard condition != .up else { return }
        if condition == .down {
            expire(world)
            member = nil
        } else {
            world.note(.zombies, "arbiter \(member ?? 0) wakes")
            // Its clock tells it at once that this is long due.
            for arbiter in arbiters { arbiter.save(world) }
        }
        condition = .up
    }
}
