import Daybook

/// A member of a group of a ``MemoryLog``.
struct MemoryMember: GroupMember {
    let log: MemoryLog
    let group: String
    let id: Int

    func next(maximum: Int) async throws -> GroupEvent {
        try Task.checkCancellation()
        let state = log.store.state
        try state.update { state throws(LogError) in
            try state.checkOpen(log.id)
            state.beginNext(of: id, in: group)
        }
        defer { state.update { $0.groups[group]?.endNext(id) } }
        return try await state.when { state in
            try state.checkOpen(log.id)
            return try state.next(of: id, in: group, maximum: maximum)
        }
    }

    func commit(_ positions: [StreamPartition: Int64]) async throws {
        try Task.checkCancellation()
        try log.store.state.update { state throws(LogError) in
            try state.checkOpen(log.id)
            try state.commit(positions, of: id, in: group)
        }
    }

    var assignment: Set<StreamPartition> {
        get async { log.store.state.read { $0.groups[group]?.member(id)?.held ?? [] } }
    }

    func leave() async {
        log.store.state.update { $0.leave(id, group: group) }
    }
}
