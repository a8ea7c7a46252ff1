import Daybook

/// The groups, and the partitions they share. What a group does by itself is in ``MemoryGroup``.
extension MemoryState {
    struct LeftMember: Sendable {
        var id: Int
        var group: String
        var options: GroupOptions
    }

    mutating func join(
        _ group: String, streams: [String], options: GroupOptions, log: Int
    ) throws(LogError) -> Int {
        for stream in streams where specifications[stream] == nil {
            throw .unknownPartition(StreamPartition(stream, 0))
        }
        let id = makeID()
        let member = MemoryGroup.Member(
            id: id, options: options, streams: Set(streams), cursor: MemoryCursor(log: log))
        let partitions = allPartitions
        groups[group, default: MemoryGroup()].join(member, partitions: partitions)
        return id
    }

    mutating func leave(_ member: Int, group: String) {
        let partitions = allPartitions
        groups[group]?.leave(member, partitions: partitions)
    }

    mutating func expel(_ member: Int, from group: String) {
        let partitions = allPartitions
        groups[group]?.expel(member, partitions: partitions)
    }

    /// Takes a member for dead when it has asked for nothing since.
    ///
    /// - Parameter seen: what this gave the last time.
    /// - Returns: nil when the member has left.
    mutating func expel(_ member: Int, from group: String, ifSilentSince seen: Int?) -> Int? {
        guard let found = groups[group]?.member(member) else { return nil }
        if found.isAlive, !found.isWaiting, found.calls == seen { expel(member, from: group) }
        return found.calls
    }

    mutating func beginNext(of member: Int, in group: String) {
        let partitions = allPartitions
        groups[group]?.beginNext(member, partitions: partitions)
    }

    mutating func next(of member: Int, in group: String, maximum: Int) throws(LogError) -> GroupEvent? {
        guard let log = groups[group]?.member(member)?.cursor.log else { throw .closed }
        let event = try groups[group]?.next(member, maximum: maximum, of: partitions)
        if case .records(let batch) = event { count(batch, log: log) }
        return event
    }

    mutating func commit(
        _ positions: [StreamPartition: Int64], of member: Int, in group: String
    ) throws(LogError) {
        guard groups[group]?.holds(Set(positions.keys), member: member) == true else { throw .fenced }
        groups[group]?.committed.merge(positions) { $1 }
    }

    mutating func setCommitted(_ positions: [StreamPartition: Int64], of group: String) throws(LogError) {
        for partition in positions.keys { _ = try self.partition(partition) }
        guard groups[group]?.isActive != true else { throw .groupActive(group) }
        groups[group, default: MemoryGroup()].committed.merge(positions) { $1 }
    }

    mutating func deleteGroup(_ group: String) throws(LogError) {
        guard groups[group]?.isActive != true else { throw .groupActive(group) }
        groups[group] = nil
    }

    /// The members of a log, in all groups.
    func members(of log: Int) -> [LeftMember] {
        groups.sorted { $0.key < $1.key }.flatMap { name, group in
            group.members.filter { $0.cursor.log == log }.map {
                LeftMember(id: $0.id, group: name, options: $0.options)
            }
        }
    }

    private var allPartitions: [StreamPartition] { Array(partitions.keys) }
}
