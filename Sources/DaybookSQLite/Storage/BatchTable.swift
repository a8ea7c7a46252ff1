import Daybook
import GRDB

/// The SQL of batches.
///
/// Each partition has a table of its own. What is appended then goes to the right edge of a tree, where SQLite writes the
/// page that takes it, and rarely another one; in the middle of a tree that all share it wrote two to three times as many
/// (8 records in a commit: 19 pages, now 8). Streams of earlier versions, and those of very many partitions, share one.
enum BatchTable {
    /// A stream with more partitions shares the common table: each connection has to read all tables' definitions.
    static let maximumOwnTables: Int32 = 1024

    /// The table that partitions share.
    static let shared = "batch"

    static func own(_ partition: Int) -> String { "batch_\(partition)" }

    /// The columns are those of the shared table, whose migration stays as it was released.
    static func create(_ table: String, _ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE \(table) (
                    -- partition and first offset in one number; see BatchKey
                    id INTEGER PRIMARY KEY,
                    last INTEGER NOT NULL,
                    count INTEGER NOT NULL,
                    first_time INTEGER NOT NULL,
                    last_time INTEGER NOT NULL,
                    checksum INTEGER NOT NULL,
                    records BLOB NOT NULL
                ) STRICT
                """)
    }

    /// The largest amount of packed records one read gives, in bytes: memory is bounded however many records are asked for.
    static let maximumReadBytes = 4 << 20

    /// Log times that can be, in microseconds: some 36,000 years.
    static let times: ClosedRange<Int64> = -(1 << 60)...1 << 60

    /// What a read found.
    struct Read: Sendable {
        var records: [StoredRecord] = []
        /// Where reading goes on: behind the records, and behind offsets that hold none.
        var next: Int64
        /// The partition's low watermark in the state of the database that was read.
        var low: Int64
    }

    /// Packs records into batches and inserts these.
    static func insert(
        _ database: Database, _ records: ArraySlice<StoredRecord>, to partition: PartitionReference,
        _ encoder: BatchEncoder
    ) throws {
        var rest = records
        while !rest.isEmpty {
            let count = BatchEncoder.batchLength(rest)
            try encoder.encode(rest.prefix(count), partition: partition.id) { header, packed in
                try insert(database, partition.table, header, packed)
            }
            rest = rest.dropFirst(count)
        }
    }

    private static func insert(
        _ database: Database, _ table: String, _ header: BatchHeader, _ packed: UnsafeRawBufferPointer
    ) throws {
        let statement = try RawStatement(database, "INSERT INTO \(table) (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?)")
        try statement.bind(BatchKey.key(header.partition, header.base), at: 1)
        try statement.bind(header.last, at: 2)
        try statement.bind(Int64(header.count), at: 3)
        try statement.bind(header.firstTime, at: 4)
        try statement.bind(header.lastTime, at: 5)
        try statement.bind(header.checksum(of: packed), at: 6)
        try statement.bind(packed, at: 7)
        try statement.run()
    }

    /// Reads records from an offset on and below an end that was committed before; at most `maximum` of them.
    ///
    /// The low watermark comes from the same state of the database, so that records which retention took meanwhile are not
    /// silently passed over.
    static func read(
        _ database: Database, _ partition: PartitionReference, from start: Int64, below end: Int64, maximum: Int
    ) throws -> Read {
        let statement = try RawStatement(database, readSQL(partition.table))
        defer { statement.reset() }
        try statement.bind(Int64(partition.id), at: 1)
        try statement.bind(BatchKey.key(partition.id, 0), at: 2)
        try statement.bind(BatchKey.key(partition.id, start), at: 3)
        try statement.bind(BatchKey.key(partition.id, end), at: 4)
        var result = Read(next: start, low: 0)
        var bytes = 0
        var isFirst = true
        while try statement.step() {
            if isFirst {
                result.low = statement.int(0)
                if result.low > start { return result }
                isFirst = false
            }
            let header = header(of: statement, from: 1)
            if header.last < start { continue }
            do {
                var decoder = try decoder(header, of: statement, from: 1, partition.name)
                try decoder.decode(
                    from: start, below: end, limit: maximum, of: partition.name, into: &result.records)
            } catch {
                // What lies before the damage is given first; the next read begins with it and throws.
                if result.records.isEmpty { throw error }
                return result
            }
            result.next = min(header.last + 1, end)
            bytes += statement.bytes(7).count
            if result.records.count >= maximum {
                if let last = result.records.last { result.next = last.offset + 1 }
                return result
            }
            if bytes >= maximumReadBytes { return result }
        }
        if isFirst { result.low = try low(database, of: partition.id) }
        result.next = end
        return result
    }

    /// The records at offsets of one partition, which are sorted; nil where there is none.
    static func records(
        _ database: Database, _ partition: PartitionReference, at offsets: [Int64]
    ) throws -> [StoredRecord?] {
        let statement = try RawStatement(
            database, "SELECT \(columns) FROM \(partition.table) WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1")
        defer { statement.reset() }
        try statement.bind(BatchKey.key(partition.id, 0), at: 1)
        var result: [StoredRecord?] = []
        result.reserveCapacity(offsets.count)
        var current: (header: BatchHeader, decoder: BatchDecoder)?
        var found: [StoredRecord] = []
        for offset in offsets {
            if current.map({ $0.header.last < offset }) ?? true {
                statement.reset()
                current = nil
                try statement.bind(BatchKey.key(partition.id, offset), at: 2)
                if try statement.step() {
                    let header = header(of: statement, from: 0)
                    if header.last >= offset {
                        current = (header, try decoder(header, of: statement, from: 0, partition.name))
                    }
                }
            }
            found.removeAll(keepingCapacity: true)
            try current?.decoder.decode(
                from: offset, below: offset + 1, limit: 1, of: partition.name, into: &found)
            result.append(found.first)
        }
        return result
    }

    /// The first offset from `low` on, and below `end`, whose log time is not before a time; `end` when there is none.
    ///
    /// Times never fall within a partition, so a binary search over the batches finds it without an index to be kept.
    static func offset(
        _ database: Database, _ partition: PartitionReference, atOrAfter time: Int64, from low: Int64, below end: Int64
    ) throws -> Int64 {
        guard let first = try firstBatch(database, partition, atOrAfter: time, from: low, below: end) else {
            return end
        }
        // The wanted record is in this batch, except when the low watermark lies inside it, behind the record.
        let records = try read(
            database, partition, from: max(low, first), below: end, maximum: BatchEncoder.maximumRecords
        ).records
        return records.first { $0.time.microseconds >= time }?.offset ?? end
    }

    /// The first offset of the first batch, of those that reach beyond `low`, whose last record's log time is not before a time.
    static func firstBatch(
        _ database: Database, _ partition: PartitionReference, atOrAfter time: Int64, from low: Int64, below end: Int64
    ) throws -> Int64? {
        let probe = try RawStatement(
            database,
            "SELECT id, last, last_time FROM \(partition.table) WHERE id >= ? AND id < ? ORDER BY id LIMIT 1")
        defer { probe.reset() }
        let containing = try RawStatement(
            database, "SELECT max(id) FROM \(partition.table) WHERE id BETWEEN ? AND ?")
        defer { containing.reset() }
        try containing.bind(BatchKey.key(partition.id, 0), at: 1)
        try containing.bind(BatchKey.key(partition.id, low), at: 2)
        var first = BatchKey.key(partition.id, low)
        if try containing.step(), !containing.isNull(0) { first = containing.int(0) }
        var bound = BatchKey.key(partition.id, end)
        var found: Int64?
        while first < bound {
            let middle = first + (bound - first) / 2
            probe.reset()
            try probe.bind(middle, at: 1)
            try probe.bind(bound, at: 2)
            if try probe.step() {
                if probe.int(2) >= time {
                    found = probe.int(0)
                    bound = middle
                } else {
                    // Also where a damaged row ends before it begins.
                    first = max(middle + 1, BatchKey.key(partition.id, probe.int(1) &+ 1))
                }
            } else {
                bound = middle
            }
        }
        return found.map(BatchKey.offset)
    }

    /// The last batch's end and log time.
    static func last(_ database: Database, of partition: PartitionReference) throws -> (end: Int64, time: Int64)? {
        let statement = try RawStatement(
            database,
            "SELECT last, last_time FROM \(partition.table) WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1")
        defer { statement.reset() }
        try statement.bind(BatchKey.key(partition.id, 0), at: 1)
        try statement.bind(BatchKey.key(partition.id, BatchKey.maximumOffset), at: 2)
        guard try statement.step() else { return nil }
        let (last, time) = (statement.int(0), statement.int(1))
        guard (0..<BatchKey.maximumOffset).contains(last), times.contains(time) else {
            throw LogError.damaged("a batch cannot end at offset \(last) and log time \(time)")
        }
        return (last + 1, time)
    }

    private static func low(_ database: Database, of partition: Int) throws -> Int64 {
        let statement = try RawStatement(database, "SELECT low FROM partition WHERE id = ?")
        defer { statement.reset() }
        try statement.bind(Int64(partition), at: 1)
        return try statement.step() ? statement.int(0) : 0
    }

    private static func readSQL(_ table: String) -> String {
        """
        SELECT (SELECT low FROM partition WHERE id = ?1), \(columns) FROM \(table)
        WHERE id >= coalesce((SELECT max(id) FROM \(table) WHERE id BETWEEN ?2 AND ?3), ?3) AND id < ?4
        ORDER BY id
        """
    }

    static let columns = "id, last, count, first_time, last_time, checksum, records"

    static func header(of statement: RawStatement, from column: Int32) -> BatchHeader {
        let key = statement.int(column)
        return BatchHeader(
            partition: BatchKey.partition(key), base: BatchKey.offset(key), last: statement.int(column + 1),
            count: Int(statement.int(column + 2)), firstTime: statement.int(column + 3),
            lastTime: statement.int(column + 4))
    }

    static func decoder(
        _ header: BatchHeader, of statement: RawStatement, from column: Int32, _ partition: StreamPartition
    ) throws -> BatchDecoder {
        try BatchDecoder(header, statement.bytes(column + 6), checksum: statement.int(column + 5), of: partition)
    }
}
