public import Daybook

/// A log with one ``LogFault``, and right in all else: what the contract suite itself is proved with, and what code above the log can
/// be tested against.
public final class FaultyLog: EventLog {
    /// What a fault has to remember, for all logs of one place together.
    struct Memory: Sendable {
        /// Records that came by.
        var records = 0
        var partitions: [StreamPartition] = []
        var keys: Set<[UInt8]> = []
        var appending = 0
        var heldBack: [NewRecord] = []
        var waitingReaders = 0
        var sharedReaders: [[StreamPartition: Int64]: any LogReader] = [:]
        var openTransactions = 0
        var openEnds: [StreamPartition: Int64] = [:]
        var writers: [String: Int] = [:]
        var members: [String: Int] = [:]
        var groups: [String: String] = [:]
        var lateCommits: [String: [StreamPartition: Int64]] = [:]
        var creating = 0
        var created: Set<String> = []
    }

    let base: any EventLog
    let fault: LogFault?
    let memory: Watched<Memory>
    let isClosing = Watched()
    private let own = Watched<Set<String>>([])

    /// - Parameter fault: nil for none.
    public convenience init(_ base: any EventLog, _ fault: LogFault?) {
        self.init(base, fault, Watched(Memory()))
    }

    init(_ base: any EventLog, _ fault: LogFault?, _ memory: Watched<Memory>) {
        self.base = base
        self.fault = fault
        self.memory = memory
    }

    public var features: Set<LogFeature> { base.features }

    public var identity: String {
        get async throws {
            let identity = try await base.identity
            return fault == .identityChanges ? "\(identity) \(ObjectIdentifier(self))" : identity
        }
    }

    public var maximumRecordBytes: Int { base.maximumRecordBytes }

    public var statistics: LogStatistics { fault == .nothingIsCounted ? LogStatistics() : base.statistics }

    public func watermarks(of partitions: [StreamPartition]) async throws -> [StreamPartition: Watermarks] {
        try await storeHeldBack()
        var known = partitions
        if fault == .unknownWatermarksAreLeftOut {
            let streams = try await base.streams()
            known = partitions.filter { $0.partition < streams[$0.stream]?.partitions ?? 0 }
        }
        var marks = try await base.watermarks(of: known)
        if fault == .lowIsAlwaysZero { marks = marks.mapValues { Watermarks(low: 0, end: $0.end) } }
        if fault == .endCountsOpenTransactions {
            for (partition, end) in memory.value.openEnds {
                if let told = marks[partition]?.end { marks[partition]?.end = max(told, end) }
            }
        }
        return marks
    }

    public func offset(in partition: StreamPartition, at time: Timestamp) async throws -> Int64 {
        try await storeHeldBack()
        let found = try await base.offset(in: partition, at: time)
        let end = try await base.watermarks(of: [partition])[partition]?.end ?? found
        switch fault {
        case .timesLeadOneTooFar: return min(found + 1, end)
        case .timesLeadToTheEnd: return end
        default: return found
        }
    }

    public func records(at positions: [Position]) async throws -> [StoredRecord?] {
        try await storeHeldBack()
        var records = try await base.records(at: positions).map { $0.map(damaged) }
        if fault == .recordsComeSorted {
            let order = positions.indices.sorted {
                (positions[$0].partition, positions[$0].offset) < (positions[$1].partition, positions[$1].offset)
            }
            records = order.map { records[$0] }
        }
        if fault == .neighboursAreFound {
            for (index, position) in positions.enumerated() where records[index] == nil {
                records[index] = try await base.records(at: [Position(position.partition, position.offset - 1)])[0]
            }
        }
        return records
    }

    public func trim(_ partition: StreamPartition, before offset: Int64) async throws {
        switch fault {
        case .trimmingDoesNothing: _ = try await base.watermarks(of: [partition])
        case .trimmingTakesOneMore:
            let end = try await base.watermarks(of: [partition])[partition]?.end ?? offset
            try await base.trim(partition, before: min(offset + 1, end))
        default: try await base.trim(partition, before: offset)
        }
    }

    public func checkHealth() async throws {
        try await base.checkHealth()
        if fault == .healthFails { throw LogError.unavailable("it does not feel well") }
        if fault == .healthCheckWrites {
            _ = await base.append(memory.value.partitions.map { NewRecord($0, Record("how are you?")) })
        }
    }

    public func close() async throws {
        if fault == .closingAgainFails, isClosing.value { throw LogError.closed }
        isClosing.fire()
        switch fault {
        case .closedLogsServe: return
        case .refusedAppendsAreStored: for _ in 0..<200 { await Task.yield() }
        default: break
        }
        // What was held back is lost, where that is the fault.
        try await base.close()
    }

    // MARK: Streams

    public func createStreams(_ streams: [StreamSpecification]) async throws {
        let existing = try await base.streams()
        let missing = streams.filter { existing[$0.name] == nil }
        switch fault {
        case .mismatchIsIgnored:
            try await base.createStreams(
                missing + streams.filter { existing[$0.name].map { $0.partitions } == $0.partitions })
        case .otherCleanupIsIgnored:
            try await base.createStreams(
                missing + streams.filter { existing[$0.name].map { $0.cleanup } == $0.cleanup })
        case .mismatchCreatesTheRest:
            try await base.createStreams(missing)
            try await base.createStreams(streams)
        case .creatingAgainFails where missing.count < streams.count:
            throw LogError.streamMismatch(stream: streams[0].name, reason: "it exists")
        case .creatingTogetherFails:
            let others = memory.update { memory in
                memory.creating += 1
                return memory.creating - 1
            }
            defer { memory.update { $0.creating -= 1 } }
            for _ in 0..<20 { await Task.yield() }
            if others > 0 { throw LogError.unavailable("somebody else creates streams") }
            try await base.createStreams(streams)
        default: try await base.createStreams(streams)
        }
        own.update { $0.formUnion(streams.map(\.name)) }
    }

    public func streams() async throws -> [String: StreamSpecification] {
        var streams = try await base.streams()
        if fault == .streamsAreToldWrong {
            for name in streams.keys where streams[name]?.cleanup != .compact {
                streams[name]?.cleanup = .delete(retention: .seconds(60))
            }
        }
        if fault == .logsHideStreams { streams = streams.filter { own.value.contains($0.key) } }
        return streams
    }

    /// What nobody will ever answer.
    static func hang() async throws -> Never {
        while true { try await Watched().fired() }
    }
}
