import Daybook

/// A consumer group: its committed positions, its members, and which partition is whose.
///
/// Partitions move one by one, without stopping the others. A member is told which it is about to lose; it holds them until it
/// asks for its next event, and only then may another one have them. So a partition never has two holders.
struct MemoryGroup: Sendable {
    struct Member: Sendable {
        var id: Int
        var options: GroupOptions
        var streams: Set<String>
        /// What it reads, and from where. Without what it was told it is about to lose.
        var cursor: MemoryCursor
        /// What nobody else may have.
        var held: Set<StreamPartition> = []
        /// What it shall have once everything has moved.
        var target: Set<StreamPartition> = []
        /// What it has lost already, but was not told.
        var lost: Set<StreamPartition> = []
        /// False once it was taken for dead.
        var isAlive = true
        /// Changes with every sign of life.
        var calls = 0
        /// A waiting member is alive.
        var isWaiting = false
    }

    var committed: [StreamPartition: Int64] = [:]
    /// How many open transactions want to commit a position of each partition.
    var pending: [StreamPartition: Int] = [:]
    /// In the order they joined.
    private(set) var members: [Member] = []

    var isActive: Bool { members.contains { $0.isAlive } }

    func member(_ id: Int) -> Member? { members.first { $0.id == id } }

    /// Whether the member holds all of these.
    func holds(_ partitions: Set<StreamPartition>, member id: Int) -> Bool {
        member(id)?.held.isSuperset(of: partitions) ?? false
    }

    mutating func release(pending partition: StreamPartition) {
        guard let count = pending[partition] else { return }
        pending[partition] = count > 1 ? count - 1 : nil
    }

    // MARK: Who is in

    mutating func join(_ member: Member, partitions: [StreamPartition]) {
        members.append(member)
        rebalance(partitions)
    }

    mutating func leave(_ id: Int, partitions: [StreamPartition]) {
        members.removeAll { $0.id == id }
        rebalance(partitions)
    }

    mutating func leave(log: Int) {
        let partitions = members.flatMap { $0.target }
        members.removeAll { $0.cursor.log == log }
        rebalance(partitions)
    }

    /// Takes a member for dead: it loses everything at once.
    mutating func expel(_ id: Int, partitions: [StreamPartition]) {
        update(id) { member in
            member.isAlive = false
            member.lost = member.held
            member.held = []
            member.target = []
            member.cursor = MemoryCursor(log: member.cursor.log)
        }
        rebalance(partitions)
    }

    /// The member asks for its next event: what it was told to lose, it has lost now.
    mutating func beginNext(_ id: Int, partitions: [StreamPartition]) {
        var returns = false
        update(id) { member in
            member.calls += 1
            member.isWaiting = true
            member.held.formIntersection(member.cursor.offsets.keys)
            returns = !member.isAlive && member.lost.isEmpty
            if returns { member.isAlive = true }
        }
        if returns { rebalance(partitions) }
    }

    mutating func endNext(_ id: Int) {
        update(id) { $0.isWaiting = false }
    }

    // MARK: What happens to a member

    /// The member's next event; nil while it has to wait.
    mutating func next(
        _ id: Int, maximum: Int, of partitions: [StreamPartition: MemoryPartition]
    ) throws(LogError) -> GroupEvent? {
        guard var member = member(id) else { throw .closed }
        let event = try event(for: &member, maximum: maximum, of: partitions)
        update(id) { $0 = member }
        return event
    }

    private mutating func event(
        for member: inout Member, maximum: Int, of partitions: [StreamPartition: MemoryPartition]
    ) throws(LogError) -> GroupEvent? {
        if !member.lost.isEmpty {
            defer { member.lost = [] }
            return .revoked(member.lost)
        }
        let leaving = Set(member.cursor.offsets.keys).subtracting(member.target)
        if !leaving.isEmpty {
            member.cursor.remove(leaving)
            return .revoked(leaving)
        }
        let taken = members.reduce(into: Set(pending.keys)) { $0.formUnion($1.held) }
        let granted = member.target.subtracting(taken)
        if !granted.isEmpty {
            member.held.formUnion(granted)
            member.cursor.add(
                Dictionary(
                    uniqueKeysWithValues: granted.map { ($0, start(of: $0, member.options.start, partitions[$0])) }))
            return .assigned(granted)
        }
        return try member.cursor.next(maximum: maximum, of: partitions).map { .records($0) }
    }

    /// The committed position. Without one, a group that starts at the latest record gets it committed here and now: else what is
    /// appended until its first commit would be skipped when the partition changes hands.
    private mutating func start(
        of partition: StreamPartition, _ start: GroupOptions.Start, _ source: MemoryPartition?
    ) -> Int64 {
        if let offset = committed[partition] { return offset }
        switch start {
        case .earliest: return source?.low ?? 0
        case .latest:
            let end = source?.end ?? 0
            committed[partition] = end
            return end
        }
    }

    // MARK: Who gets what

    /// Decides who shall have which partitions: as equal as can be, and nobody loses one without need.
    private mutating func rebalance(_ partitions: [StreamPartition]) {
        let alive = members.filter(\.isAlive)
        var targets: [Int: Set<StreamPartition>] = [:]
        guard !alive.isEmpty else { return }
        let wanted = Set(partitions).filter { partition in alive.contains { $0.streams.contains(partition.stream) } }
        let fair = wanted.count / alive.count
        var larger = wanted.count % alive.count
        var free: [StreamPartition] = []
        for partition in wanted.sorted() {
            let owner = alive.first { $0.held.contains(partition) && $0.cursor.offsets[partition] != nil }
            guard let owner, targets[owner.id, default: []].count < fair + (larger > 0 ? 1 : 0) else {
                free.append(partition)
                continue
            }
            if targets[owner.id, default: []].count == fair { larger -= 1 }
            targets[owner.id, default: []].insert(partition)
        }
        for partition in free {
            let eligible = alive.filter { $0.streams.contains(partition.stream) }
            // The first of the least laden, in the order of joining.
            guard
                let least = eligible.min(by: { targets[$0.id, default: []].count < targets[$1.id, default: []].count })
            else { continue }
            targets[least.id, default: []].insert(partition)
        }
        for member in alive { update(member.id) { $0.target = targets[member.id] ?? [] } }
    }

    private mutating func update(_ id: Int, _ body: (inout Member) -> Void) {
        guard let index = members.firstIndex(where: { $0.id == id }) else { return }
        body(&members[index])
    }
}
