import Daybook

/// A consumer group: its committed positions, its members, and which partition is whose. Plain values, changed under the lock of
/// ``GroupCoordinator``; partitions go by their numbers.
///
/// Partitions move one by one, without stopping the others. A member is told which it is about to lose and holds them until it asks
/// for its next event; only then may another one have them. So a partition never has two holders.
struct GroupState: Sendable {
    struct Member: Sendable {
        let id: Int
        let options: GroupOptions
        let partitions: Set<Int>
        let reader: SQLiteLogReader
        /// What nobody else may have.
        var held: Set<Int> = []
        /// What of that it was not yet told it is about to lose.
        var kept: Set<Int> = []
        /// What it shall have once everything has moved.
        var target: Set<Int> = []
        /// What it lost when it was taken for dead, and was not told yet.
        var lost: Set<Int> = []
        /// False once it was taken for dead, until it asks again.
        var isAlive = true
        /// A waiting member is alive.
        var isWaiting = false
        var lastSign: ContinuousClock.Instant
    }

    /// What a member does next.
    enum Step: Sendable {
        case revoked(Set<Int>)
        case granted(Set<Int>)
        case read
    }

    var committed: [Int: Int64] = [:]
    /// How many commits of each partition's position are under way. Whoever takes a partition over has to know where to begin.
    var pending: [Int: Int] = [:]
    /// In the order they joined.
    private(set) var members: [Member] = []

    var isActive: Bool { members.contains(where: \.isAlive) }

    func member(_ id: Int) -> Member? { members.first { $0.id == id } }

    /// The readers of the members for whom something is to be done, to be woken.
    var readersToWake: [SQLiteLogReader] {
        members.filter { !$0.lost.isEmpty || $0.kept != $0.target.intersection($0.kept) || !grantable(to: $0).isEmpty }
            .map(\.reader)
    }

    // MARK: Who is in

    mutating func join(_ member: Member) {
        members.append(member)
        rebalance()
    }

    mutating func leave(_ id: Int) -> Member? {
        guard let index = members.firstIndex(where: { $0.id == id }) else { return nil }
        let member = members.remove(at: index)
        rebalance()
        return member
    }

    /// Takes a member for dead: it loses everything at once.
    mutating func expel(_ id: Int) {
        update(id) { member in
            member.isAlive = false
            member.lost = member.held
            member.held = []
            member.kept = []
            member.target = []
        }
        rebalance()
    }

    // MARK: A member's next event

    /// The member asks for its next event: what it was told to lose it has lost now.
    mutating func beginNext(_ id: Int, at now: ContinuousClock.Instant) {
        var returns = false
        update(id) { member in
            member.lastSign = now
            member.isWaiting = true
            member.held = member.kept
            returns = !member.isAlive && member.lost.isEmpty
            if returns { member.isAlive = true }
        }
        if returns { rebalance() }
    }

    mutating func endNext(_ id: Int, at now: ContinuousClock.Instant) {
        update(id) { member in
            member.isWaiting = false
            member.lastSign = now
        }
    }

    mutating func showSign(of id: Int, at now: ContinuousClock.Instant) {
        update(id) { $0.lastSign = now }
    }

    mutating func step(_ id: Int) throws -> Step {
        guard let member = member(id) else { throw LogError.closed }
        if !member.lost.isEmpty {
            update(id) { $0.lost = [] }
            return .revoked(member.lost)
        }
        let leaving = member.kept.subtracting(member.target)
        if !leaving.isEmpty {
            update(id) { $0.kept.subtract(leaving) }
            return .revoked(leaving)
        }
        let granted = grantable(to: member)
        if !granted.isEmpty {
            update(id) { member in
                member.held.formUnion(granted)
                member.kept.formUnion(granted)
            }
            return .granted(granted)
        }
        return .read
    }

    /// Takes back what a member was granted but could not begin to read.
    mutating func giveBack(_ partitions: Set<Int>, from id: Int) {
        update(id) { member in
            member.held.subtract(partitions)
            member.kept.subtract(partitions)
        }
    }

    private func grantable(to member: Member) -> Set<Int> {
        let wanted = member.target.subtracting(member.held)
        if wanted.isEmpty { return [] }
        let taken = members.reduce(into: Set(pending.keys)) { $0.formUnion($1.held) }
        return wanted.subtracting(taken)
    }

    // MARK: Who gets what

    /// Decides who shall have which partitions: as equal as can be, and nobody loses one without need.
    private mutating func rebalance() {
        let alive = members.filter(\.isAlive)
        let wanted = alive.reduce(into: Set()) { $0.formUnion($1.partitions) }
        var targets = Dictionary(uniqueKeysWithValues: alive.map { ($0.id, Set<Int>()) })
        var free: [Int] = []
        for partition in wanted.sorted() {
            if let owner = alive.first(where: { $0.target.contains(partition) || $0.kept.contains(partition) }) {
                targets[owner.id]?.insert(partition)
            } else {
                free.append(partition)
            }
        }
        func load(_ member: Member) -> Int { targets[member.id]?.count ?? 0 }
        for partition in free {
            // The first of the least laden, in the order of joining.
            guard let least = alive.filter({ $0.partitions.contains(partition) }).min(by: { load($0) < load($1) })
            else { continue }
            targets[least.id]?.insert(partition)
        }
        while let (partition, from, to) = excess(alive, targets) {
            targets[from]?.remove(partition)
            targets[to]?.insert(partition)
        }
        for member in alive { update(member.id) { $0.target = targets[member.id] ?? [] } }
    }

    /// A partition that one member has although another, who may have it, has at least two less.
    private func excess(
        _ alive: [Member], _ targets: [Int: Set<Int>]
    ) -> (partition: Int, from: Int, to: Int)? {
        func load(_ member: Member) -> Int { targets[member.id]?.count ?? 0 }
        for rich in alive.sorted(by: { load($0) > load($1) }) {
            for poor in alive.sorted(by: { load($0) < load($1) }) where load(rich) >= load(poor) + 2 {
                // The last, so that a member's partitions stay together.
                if let partition = targets[rich.id]?.intersection(poor.partitions).max() {
                    return (partition, rich.id, poor.id)
                }
            }
        }
        return nil
    }

    private mutating func update(_ id: Int, _ body: (inout Member) -> Void) {
        guard let index = members.firstIndex(where: { $0.id == id }) else { return }
        body(&members[index])
    }
}
