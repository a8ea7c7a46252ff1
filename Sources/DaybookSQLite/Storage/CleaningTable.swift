import Daybook
import GRDB

/// The SQL of what goes: trimming, retention, compaction.
enum CleaningTable {
    /// Moves a partition's low watermark up. The batches below it go later, a few at a time; see ``sweep(_:_:below:maximum:)``.
    static func raiseLow(_ database: Database, _ partition: Int, to offset: Int64, timeFloor: Int64) throws {
        let statement = try RawStatement(
            database, "UPDATE partition SET low = ?2, time_floor = max(time_floor, ?3) WHERE id = ?1 AND low < ?2")
        try statement.bind(Int64(partition), at: 1)
        try statement.bind(offset, at: 2)
        try statement.bind(timeFloor, at: 3)
        try statement.run()
    }

    /// Deletes batches that lie wholly below an offset, at most so many; true when there may be more.
    static func sweep(
        _ database: Database, _ partition: PartitionReference, below offset: Int64, maximum: Int
    ) throws -> Bool {
        let table = partition.table
        let statement = try RawStatement(
            database,
            """
            DELETE FROM \(table) WHERE id IN (
                SELECT id FROM \(table) WHERE id >= ?1 AND id < ?2 AND last < ?3 ORDER BY id LIMIT ?4)
            """)
        try statement.bind(BatchKey.key(partition.id, 0), at: 1)
        try statement.bind(BatchKey.key(partition.id, offset), at: 2)
        try statement.bind(offset, at: 3)
        try statement.bind(Int64(maximum), at: 4)
        try statement.run()
        return database.changesCount >= maximum
    }

    /// The log time of the oldest batch's last record; nil when the partition holds nothing.
    static func oldestTime(_ database: Database, _ partition: PartitionReference, from low: Int64) throws -> Int64? {
        let statement = try RawStatement(
            database,
            """
            SELECT last_time FROM \(partition.table) WHERE id >= ? AND id <= ? AND last >= ? ORDER BY id LIMIT 1
            """)
        defer { statement.reset() }
        try statement.bind(BatchKey.key(partition.id, 0), at: 1)
        try statement.bind(BatchKey.key(partition.id, BatchKey.maximumOffset), at: 2)
        try statement.bind(low, at: 3)
        return try statement.step() ? statement.int(0) : nil
    }

    /// Some batches in order, with their records.
    struct Batches: Sendable {
        var keys: [Int64] = []
        var records: [StoredRecord] = []
        /// Behind the last batch; nil when there are no more.
        var next: Int64?
    }

    /// Reads whole batches that begin at an offset or later and below an end, until they hold so many bytes.
    static func batches(
        _ database: Database, _ partition: PartitionReference, from start: Int64, below end: Int64, bytes limit: Int
    ) throws -> Batches {
        let statement = try RawStatement(
            database,
            "SELECT \(BatchTable.columns) FROM \(partition.table) WHERE id >= ? AND id < ? ORDER BY id")
        defer { statement.reset() }
        try statement.bind(BatchKey.key(partition.id, start), at: 1)
        try statement.bind(BatchKey.key(partition.id, end), at: 2)
        var result = Batches()
        var bytes = 0
        while try statement.step() {
            let header = BatchTable.header(of: statement, from: 0)
            if bytes >= limit {
                result.next = header.base
                return result
            }
            var decoder = try BatchTable.decoder(header, of: statement, from: 0, partition.name)
            try decoder.decode(
                from: header.base, below: .max, limit: .max, of: partition.name, into: &result.records)
            result.keys.append(statement.int(0))
            bytes += statement.bytes(6).count
        }
        return result
    }

    /// Adds whole batches that begin at an offset or later and below an end to a survey, until they hold so many bytes.
    ///
    /// - Returns: behind the last batch; nil when there are no more.
    static func add(
        _ database: Database, _ partition: PartitionReference, from start: Int64, below end: Int64, bytes limit: Int,
        to survey: inout CompactionSurvey
    ) throws -> Int64? {
        let statement = try RawStatement(
            database,
            "SELECT \(BatchTable.columns) FROM \(partition.table) WHERE id >= ? AND id < ? ORDER BY id")
        defer { statement.reset() }
        try statement.bind(BatchKey.key(partition.id, start), at: 1)
        try statement.bind(BatchKey.key(partition.id, end), at: 2)
        var bytes = 0
        while try statement.step() {
            let header = BatchTable.header(of: statement, from: 0)
            if bytes >= limit { return header.base }
            var decoder = try BatchTable.decoder(header, of: statement, from: 0, partition.name)
            try decoder.walk(of: partition.name) { survey.add($0, hasValue: $1, $2) }
            bytes += statement.bytes(6).count
        }
        return nil
    }

    static func delete(_ database: Database, _ keys: [Int64], of partition: PartitionReference) throws {
        let statement = try RawStatement(database, "DELETE FROM \(partition.table) WHERE id = ?")
        for key in keys {
            try statement.bind(key, at: 1)
            try statement.run()
        }
    }

    static func compacted(_ database: Database, _ partition: Int) throws -> Int64 {
        let statement = try RawStatement(database, "SELECT compacted FROM partition WHERE id = ?")
        defer { statement.reset() }
        try statement.bind(Int64(partition), at: 1)
        return try statement.step() ? statement.int(0) : 0
    }

    static func setCompacted(_ database: Database, _ partition: Int, to offset: Int64) throws {
        let statement = try RawStatement(database, "UPDATE partition SET compacted = ?2 WHERE id = ?1")
        try statement.bind(Int64(partition), at: 1)
        try statement.bind(offset, at: 2)
        try statement.run()
    }
}
