import Daybook

/// What a running contract works with: its logs, fresh names, and the waiting for things that have to happen.
struct ContractRun: Sendable {
    let backend: ContractBackend
    let bed: any ContractBed
    /// What was opened and has to be closed.
    let logs: Watched<[any EventLog]>

    /// Opens the bed's log (again).
    func open() async throws -> any EventLog {
        let log = try await within("the log to open") { [bed] in try await bed.open() }
        logs.update { $0.append(log) }
        try expectEqual(log.features, backend.features, "the log's features against those the backend declares")
        return log
    }

    /// Leaves a log as the death of its process does.
    func crash(_ log: any EventLog) async throws {
        // Nobody closes it later; on a bed whose logs share a process, that would finish what a crash leaves unfinished.
        logs.update { $0.removeAll { $0 as AnyObject === log as AnyObject } }
        try await within("the crash") { [bed] in try await bed.crash(log) }
    }

    /// Creates a stream nobody else uses, in a log opened for it unless one is given.
    func stream(
        in log: any EventLog, partitions: Int32 = 1, cleanup: StreamSpecification.Cleanup = .delete(retention: nil)
    ) async throws -> StreamSpecification {
        let stream = StreamSpecification(name: uniqueName("contract"), partitions: partitions, cleanup: cleanup)
        try await within("the stream to be created") { try await log.createStreams([stream]) }
        return stream
    }

    /// Creates a stream of one partition, and gives that.
    func partition(
        in log: any EventLog, cleanup: StreamSpecification.Cleanup = .delete(retention: nil)
    ) async throws -> StreamPartition {
        StreamPartition(try await stream(in: log, cleanup: cleanup).name, 0)
    }

    /// Does what has to come to an end, and says what hangs when it does not.
    func within<Value: Sendable>(
        _ what: String, _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withDeadline(backend.patience, what: what, operation)
    }

    /// Appends records that all have to be taken.
    @discardableResult
    func append(
        _ records: [NewRecord], to log: any EventLog, file: String = #fileID, line: Int = #line
    ) async throws -> [Appended] {
        let outcomes = try await within("\(records.count) records to be appended") { await log.append(records) }
        try expectEqual(outcomes.count, records.count, "outcomes of an append", file: file, line: line)
        return try outcomes.map { try $0.get() }
    }

    /// Appends text values to one partition.
    @discardableResult
    func append(
        _ values: [String], to partition: StreamPartition, of log: any EventLog, file: String = #fileID,
        line: Int = #line
    ) async throws -> [Appended] {
        try await append(values.map { NewRecord(partition, Record($0)) }, to: log, file: file, line: line)
    }

    /// All that can be read of the partitions now, each from its low watermark to its end.
    func contents(
        of partitions: [StreamPartition], in log: any EventLog
    ) async throws -> [StreamPartition: [StoredRecord]] {
        let marks = try await within("the watermarks") { try await log.watermarks(of: partitions) }
        let reader = try await reader(of: log, from: marks.mapValues(\.low))
        while let behind = marks.keys.sorted().first(where: { (reader.offsets[$0] ?? 0) < (marks[$0]?.end ?? 0) }) {
            _ = try await reader.next(maximum: 1000, awaiting: "\(behind) to be read to its end")
        }
        await reader.close()
        return reader.records
    }

    /// The text values of one partition, in order.
    func values(of partition: StreamPartition, in log: any EventLog) async throws -> [String] {
        try await contents(of: [partition], in: log)[partition, default: []].map(\.record.text)
    }

    /// A reader that checks every batch it gets.
    func reader(of log: any EventLog, from starts: [StreamPartition: Int64]) async throws -> CheckedReader {
        CheckedReader(
            try await within("a reader") { try await log.reader(from: starts) }, from: starts,
            patience: backend.patience)
    }

    /// Lets others run for a while: what ought not to happen gets every chance to happen. No proof that it cannot.
    func giveOthersAChance(_ log: any EventLog) async throws {
        for _ in 0..<10 {
            for _ in 0..<20 { await Task.yield() }
            _ = try await log.streams()
        }
    }
}

extension Record {
    /// A record with a text for a value.
    init(_ text: String, key: String? = nil) {
        self.init(key: key.map { Array($0.utf8) }, value: Array(text.utf8))
    }

    /// The value as text; what is no text shows as such.
    var text: String {
        value.map { String(validating: $0, as: UTF8.self) ?? "\($0)" } ?? "null"
    }
}
