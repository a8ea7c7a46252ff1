import Daybook

/// A member of a consumer group. When it is forgotten without having left, it leaves.
final class SQLiteGroupMember: GroupMember {
    let group: String
    let id: Int
    let groups: GroupCoordinator
    private let table: PartitionTable
    private let reader: SQLiteLogReader
    private let options: GroupOptions

    init(
        _ group: String, streams: [String], _ options: GroupOptions, _ groups: GroupCoordinator,
        _ table: PartitionTable,
        _ reader: SQLiteLogReader
    ) async throws {
        self.group = group
        self.groups = groups
        self.table = table
        self.reader = reader
        self.options = options
        id = try await groups.join(group, streams: streams, options, reader)
    }

    deinit {
        groups.leave(id, of: group)
    }

    func next(maximum: Int) async throws -> GroupEvent {
        try Task.checkCancellation()
        groups.beginNext(id, of: group)
        defer { groups.endNext(id, of: group) }
        while true {
            try reader.checkOpen()
            switch try groups.step(id, of: group) {
            case .revoked(let partitions):
                reader.remove(partitions)
                return .revoked(table.names(of: partitions))
            case .granted(let partitions):
                try await begin(partitions)
                return .assigned(table.names(of: partitions))
            case .read:
                // Nil: something about the group has changed meanwhile.
                if let batch = try await reader.nextOrInterruption(maximum: maximum) { return .records(batch) }
            }
        }
    }

    func commit(_ positions: [StreamPartition: Int64]) async throws {
        try Task.checkCancellation()
        try table.checkOpen()
        let ids = try groups.ids(of: positions)
        try groups.beginCommit(Set(ids.keys), of: id, in: group)
        defer { groups.endCommit(Set(ids.keys), of: group) }
        if !ids.isEmpty { try await groups.write(ids, of: group) }
    }

    var assignment: Set<StreamPartition> {
        get async { groups.held(by: id, of: group) }
    }

    func leave() async {
        groups.leave(id, of: group)
        await reader.close()
    }

    private func begin(_ partitions: Set<Int>) async throws {
        let (starts, new) = groups.starts(of: partitions, in: group, options.start)
        do {
            if !new.isEmpty { try await groups.write(new, of: group) }
        } catch {
            groups.giveBack(partitions, from: id, of: group)
            throw error
        }
        reader.addUnchecked(starts)
    }
}
