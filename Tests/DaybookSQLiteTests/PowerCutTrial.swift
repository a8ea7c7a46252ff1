import Daybook
import DaybookTesting

@testable import DaybookSQLite

/// Writes to a log from several tasks at once while the power is cut again and again, and looks at what each cut leaves.
struct PowerCutTrial {
    /// What the log had acknowledged at some moment.
    struct Acknowledged: Sendable {
        /// The number of records of each appender; each has a partition of its own.
        var records = [Int](repeating: 0, count: PowerCutTrial.appenders)
        /// The number of transactions. Each adds a record to both partitions of a stream, and commits its number as a position.
        var transactions = 0
        /// The number of records of the compacted stream, whose keys come again and again.
        var latest = 0
        /// Whether the appenders are to write, not to rest.
        var isWriting = true
        /// Up to where the last appender's partition was trimmed.
        var trimmed: Int64 = 0
    }

    struct Report {
        var cuts = 0
        var records = 0
        /// What was found wrong, each once per cut.
        var violations: [String] = []
    }

    static let appenders = 3
    static let plain = StreamSpecification(name: "plain", partitions: Int32(appenders))
    static let pairs = StreamSpecification(name: "pairs", partitions: 2)
    static let latest = StreamSpecification(name: "latest", partitions: 1, cleanup: .compact)
    private static let group = "group"
    private static let keys = 5

    var synchronous: SQLiteLog.Configuration.Synchronous
    var cuts: Int
    var seed: UInt64

    func run() async throws -> Report {
        let disk = PowerCut.directory()
        defer { disk.remove() }
        defer { PowerCut.forget(disk.path) }
        var configuration = SQLiteLog.Configuration()
        configuration.synchronous = synchronous
        // So small that it is folded into the database, and begun anew, many times.
        configuration.writeAheadPages = 12...40
        configuration.hotTailBytes = 1 << 16
        let log = try await SQLiteLog.open(directory: disk.path, configuration: configuration)
        try await log.createStreams([Self.plain, Self.pairs, Self.latest])
        let acknowledged = Watched(Acknowledged())
        let report = try await withThrowingTaskGroup(of: Void.self) { tasks in
            for appender in 0..<Self.appenders {
                tasks.addTask { try await append(appender, to: log, acknowledged) }
            }
            tasks.addTask { try await transact(on: log, acknowledged) }
            tasks.addTask { try await renew(on: log, acknowledged) }
            let report = try await cut(disk.path, acknowledged)
            tasks.cancelAll()
            while let result = await tasks.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
            return report
        }
        try await log.close()
        return report
    }

    private func cut(_ disk: String, _ acknowledged: Watched<Acknowledged>) async throws -> Report {
        var random = SplitMix(seed)
        var report = Report()
        for number in 0..<cuts {
            let left = TemporaryDirectory("left")
            defer { left.remove() }
            acknowledged.update { $0.isWriting = true }
            let told = await PowerCut.wait(
                for: 1 + random.next() % 40, in: disk, leaving: left.path,
                seed: number % 3 == 0 ? 0 : random.next() | 1
            ) { acknowledged.value }
            // The log would grow without end while this is looked at.
            acknowledged.update { $0.isWriting = false }
            report.cuts += 1
            report.records = told.records.reduce(told.transactions, +)
            do {
                if let violation = try await check(left.path, told) { report.violations.append(violation) }
            } catch {
                report.violations.append("cannot be read: \(error)")
            }
        }
        return report
    }

    // MARK: Writing

    private func append(_ appender: Int, to log: SQLiteLog, _ acknowledged: Watched<Acknowledged>) async throws {
        var random = SplitMix(seed ^ UInt64(appender + 1))
        let partition = StreamPartition(Self.plain.name, Int32(appender))
        var next = 0
        while try await acknowledged.when({ $0.isWriting ? true : nil }) {
            let count = Int(1 + random.next() % 12)
            let records = (next..<next + count).map { NewRecord(partition, Self.record($0, by: appender)) }
            for result in await log.append(records) {
                guard case .success = result else { return }
            }
            next += count
            acknowledged.update { [next] in $0.records[appender] = next }
            if appender == Self.appenders - 1, random.next() % 8 == 0 {
                let low = Int64(next / 2)
                try await log.trim(partition, before: low)
                acknowledged.update { $0.trimmed = low }
            }
        }
    }

    private func transact(on log: SQLiteLog, _ acknowledged: Watched<Acknowledged>) async throws {
        let writer = try await log.transactionalWriter(id: "writer")
        let member = try await log.join(group: Self.group, streams: [Self.plain.name], options: GroupOptions())
        guard case .assigned = try await member.next(maximum: 1) else { return }
        var number = 0
        while try await acknowledged.when({ $0.isWriting ? true : nil }) {
            let next = number
            try await writer.transaction { transaction in
                let records = Self.pairs.allPartitions.map { NewRecord($0, Self.record(next, by: 99)) }
                _ = try await transaction.append(records)
                try await transaction.commit([Self.plain.allPartitions[0]: Int64(next + 1)], of: member)
            }
            number += 1
            acknowledged.update { [number] in $0.transactions = number }
        }
    }

    private func renew(on log: SQLiteLog, _ acknowledged: Watched<Acknowledged>) async throws {
        var next = 0
        while try await acknowledged.when({ $0.isWriting ? true : nil }) {
            let record = NewRecord(Self.latest.allPartitions[0], Self.record(next, by: 100 + next % Self.keys))
            guard case .success = await log.append([record]).first else { return }
            next += 1
            acknowledged.update { [next] in $0.latest = next }
            if next % 12 == 0 { await log.clean() }
        }
    }

    /// The record an appender writes with a number: so much bytes, and such, that one in a wrong place is noticed.
    private static func record(_ number: Int, by appender: Int) -> Record {
        var random = SplitMix(UInt64(appender) << 32 | UInt64(number))
        let size = random.next() % 40 == 0 ? 9000 : Int(random.next() % 600)
        var headers = RecordHeaders()
        headers.append("number", "\(number)")
        return Record(
            key: Array("\(appender)".utf8), value: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size),
            headers: headers)
    }

    // MARK: Looking

    /// What of the promises is broken in what a cut left; nil when none is.
    private func check(_ directory: String, _ told: Acknowledged) async throws -> String? {
        let log = try await SQLiteLog.open(directory: directory)
        do {
            let violation = try await check(log, told)
            try await log.close()
            return violation
        } catch {
            try await log.close()
            throw error
        }
    }

    private func check(_ log: SQLiteLog, _ told: Acknowledged) async throws -> String? {
        let partitions = Self.plain.allPartitions + Self.pairs.allPartitions
        let ranges = try await log.watermarks(of: partitions)
        var pairs: [Int64] = []
        for (index, partition) in partitions.enumerated() {
            guard let range = ranges[partition] else { return "\(partition) is gone" }
            let records = try await log.all(partition)
            let isPlain = partition.stream == Self.plain.name
            for (record, offset) in zip(records, range.low...) {
                guard record.offset == offset, record.record == Self.record(Int(offset), by: isPlain ? index : 99)
                else {
                    return "\(partition) has something else at \(offset)"
                }
            }
            if Int64(records.count) != range.end - range.low { return "\(partition) has not all of \(range)" }
            if isPlain, range.end < told.records[index] {
                return "\(partition) ends at \(range.end); \(told.records[index]) records were acknowledged"
            }
            if !isPlain { pairs.append(range.end) }
            if partition == Self.plain.allPartitions.last, range.low < told.trimmed {
                return "\(partition) is not trimmed"
            }
        }
        if let violation = try await checkLatest(log, told) { return violation }
        let position = try await log.committedPositions(group: Self.group, of: partitions).values.first ?? 0
        guard Set(pairs + [position]).count == 1 else { return "half a transaction: \(pairs), position \(position)" }
        if position < told.transactions {
            return "\(told.transactions) transactions were acknowledged, \(position) are there"
        }
        return nil
    }
}

extension PowerCutTrial {
    /// What is wrong with the compacted stream.
    private func checkLatest(_ log: SQLiteLog, _ told: Acknowledged) async throws -> String? {
        let partition = Self.latest.allPartitions[0]
        let end = Int(try await log.watermarks(of: [partition])[partition]?.end ?? 0)
        if end < told.latest { return "\(partition) ends at \(end); \(told.latest) records were acknowledged" }
        let found = try await log.all(partition)
        for record in found
        where record.record != Self.record(Int(record.offset), by: 100 + Int(record.offset) % Self.keys) {
            return "\(partition) has something else at \(record.offset)"
        }
        let offsets = found.map { Int($0.offset) }
        let lost = (0..<end).suffix(Self.keys).filter { !offsets.contains($0) }
        return lost.isEmpty && offsets == offsets.sorted()
            ? nil : "\(partition) has lost the last record of a key: \(lost)"
    }
}

/// SplitMix64: the same numbers for the same seed.
private struct SplitMix {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
