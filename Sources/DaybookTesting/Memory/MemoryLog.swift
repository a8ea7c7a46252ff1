public import Daybook

/// An event log in memory, with everything an ``EventLog`` can do except to survive the end of the process.
public final class MemoryLog: EventLog {
    public let store: MemoryStore
    let id: Int

    /// Opens the log of a store. More than one may be open at once.
    public init(store: MemoryStore = MemoryStore()) {
        self.store = store
        id = store.state.update { state in
            let id = state.makeID()
            state.logs[id] = LogStatistics()
            return id
        }
    }

    public let features = Set(LogFeature.allCases).subtracting([.durable])

    public var identity: String {
        get async throws {
            try look { _ in }
            return store.identity
        }
    }

    public var maximumRecordBytes: Int { store.maximumRecordBytes }

    public var statistics: LogStatistics { store.state.read { $0.logs[id] ?? LogStatistics() } }

    public func createStreams(_ streams: [StreamSpecification]) async throws {
        try change { state throws(LogError) in try state.create(streams) }
    }

    public func streams() async throws -> [String: StreamSpecification] {
        try look { $0.specifications }
    }

    public func watermarks(of partitions: [StreamPartition]) async throws -> [StreamPartition: Watermarks] {
        try look { state throws(LogError) in
            var found: [StreamPartition: Watermarks] = [:]
            for partition in partitions { found[partition] = try state.partition(partition).watermarks }
            return found
        }
    }

    public func offset(in partition: StreamPartition, at time: Timestamp) async throws -> Int64 {
        try look { state throws(LogError) in try state.partition(partition).offset(at: time) }
    }

    public func append(_ records: [NewRecord]) async -> [Result<Appended, LogError>] {
        let now = store.now()
        return store.state.update {
            $0.append(records, at: now, maximumBytes: maximumRecordBytes, log: id)
        }
    }

    public func transactionalWriter(id producer: String) async throws -> any TransactionalWriter {
        let writer = try change { state throws(LogError) in try state.makeWriter(producer, log: id) }
        return MemoryWriter(log: self, producer: producer, writer: writer)
    }

    public func reader(from starts: [StreamPartition: Int64]) async throws -> any LogReader {
        MemoryReader(
            log: self, id: try change { state throws(LogError) in try state.makeReader(from: starts, log: id) })
    }

    public func records(at positions: [Position]) async throws -> [StoredRecord?] {
        try look { state throws(LogError) in
            var found: [StoredRecord?] = []
            for position in positions {
                found.append(try state.partition(position.partition).record(at: position.offset))
            }
            return found
        }
    }

    public func join(group: String, streams: [String], options: GroupOptions) async throws -> any GroupMember {
        let member = try change { state throws(LogError) in
            try state.join(group, streams: streams, options: options, log: id)
        }
        store.watch(member, of: group, options: options)
        return MemoryMember(log: self, group: group, id: member)
    }

    public func committedPositions(
        group: String, of partitions: [StreamPartition]
    ) async throws -> [StreamPartition: Int64] {
        try look { state in
            let wanted = Set(partitions)
            return state.groups[group]?.committed.filter { wanted.contains($0.key) } ?? [:]
        }
    }

    public func setCommittedPositions(group: String, to positions: [StreamPartition: Int64]) async throws {
        try change { state throws(LogError) in try state.setCommitted(positions, of: group) }
    }

    public func deleteGroup(_ group: String) async throws {
        try change { state throws(LogError) in try state.deleteGroup(group) }
    }

    public func trim(_ partition: StreamPartition, before offset: Int64) async throws {
        try change { state throws(LogError) in try state.trim(partition, before: offset) }
    }

    public func checkHealth() async throws {
        try look { _ in }
    }

    public func close() async throws {
        store.state.update { $0.close(id) }
    }

    /// Looks at the state, as long as the log is open.
    private func look<Result: Sendable>(_ body: (MemoryState) throws(LogError) -> Result) throws -> Result {
        try Task.checkCancellation()
        return try store.state.read { state throws(LogError) in
            try state.checkOpen(id)
            return try body(state)
        }
    }

    /// Changes the state, as long as the log is open.
    private func change<Result: Sendable>(
        _ body: (inout MemoryState) throws(LogError) -> Result
    ) throws -> Result {
        try Task.checkCancellation()
        return try store.state.update { state throws(LogError) in
            try state.checkOpen(id)
            return try body(&state)
        }
    }
}
