import Daybook
import GRDB

/// The SQL of the streams and their partitions.
enum StreamTable {
    struct Contents: Sendable {
        var identity: String
        var streams: [(StreamSpecification, [Partition])]
        /// Of each group, by the partitions' numbers.
        var positions: [String: [Int: Int64]]
    }

    static func load(_ database: Database) throws -> Contents {
        guard let identity = try String.fetchOne(database, sql: "SELECT value FROM log WHERE name = 'identity'") else {
            throw LogError.damaged("the log's identity is missing")
        }
        var streams: [(StreamSpecification, [Partition])] = []
        for row in try Row.fetchAll(database, sql: "SELECT * FROM stream") {
            let specification = try specification(row)
            let hasOwnTables = try row.decode(Bool.self, forColumn: "own_tables")
            let partitions = try Row.fetchAll(
                database, sql: "SELECT * FROM partition WHERE stream = ? ORDER BY number",
                arguments: [try row.decode(Int64.self, forColumn: "id")])
            streams.append(
                (
                    specification,
                    try partitions.map {
                        try partition($0, of: specification, hasOwnTable: hasOwnTables, database)
                    }
                ))
        }
        return Contents(identity: identity, streams: streams, positions: try GroupTable.load(database))
    }

    /// All streams, by name.
    static func specifications(_ database: Database) throws -> [String: StreamSpecification] {
        var result: [String: StreamSpecification] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM stream") {
            let stream = try specification(row)
            result[stream.name] = stream
        }
        return result
    }

    /// Adds a stream and gives its partitions.
    static func insert(_ stream: StreamSpecification, _ database: Database) throws -> [Partition] {
        var isCompact = false
        var retention: Int64?
        switch stream.cleanup {
        case .compact: isCompact = true
        case .delete(let duration): retention = duration.map(microseconds)
        }
        let hasOwnTables = stream.partitions <= BatchTable.maximumOwnTables
        try database.execute(
            sql: "INSERT INTO stream (name, partitions, compact, retention, own_tables) VALUES (?, ?, ?, ?, ?)",
            arguments: [stream.name, stream.partitions, isCompact, retention, hasOwnTables])
        let id = database.lastInsertedRowID
        return try stream.allPartitions.map { name in
            try database.execute(
                sql: "INSERT INTO partition (stream, number) VALUES (?, ?)", arguments: [id, name.partition])
            let number = Int(database.lastInsertedRowID)
            guard number <= BatchKey.maximumPartition else {
                throw LogError.refused("the log has as many partitions as it can have (\(BatchKey.maximumPartition))")
            }
            let reference = reference(number, name, hasOwnTable: hasOwnTables)
            if hasOwnTables { try BatchTable.create(reference.table, database) }
            return Partition(
                reference: reference, isCompact: isCompact, retention: retention, low: 0, end: 0, lastTime: 0,
                compactAt: Cleaner.compactionRecords)
        }
    }

    private static func reference(_ id: Int, _ name: StreamPartition, hasOwnTable: Bool) -> PartitionReference {
        PartitionReference(id: id, table: hasOwnTable ? BatchTable.own(id) : BatchTable.shared, name: name)
    }

    /// Writes something of no importance, to see whether it can be written.
    static func touch(_ database: Database, _ value: String) throws {
        try database.execute(sql: "UPDATE log SET value = ? WHERE name = 'health'", arguments: [value])
    }

    static func microseconds(_ duration: Duration) -> Int64 {
        Timestamp(microseconds: 0).advanced(by: duration).microseconds
    }

    private static func specification(_ row: Row) throws -> StreamSpecification {
        let retention = try row.decode(Int64?.self, forColumn: "retention").map { Duration.microseconds($0) }
        let isCompact = try row.decode(Bool.self, forColumn: "compact")
        return StreamSpecification(
            name: try row.decode(forColumn: "name"),
            partitions: Int32(try row.number("partitions", in: 1...Int64(BatchKey.maximumPartition))),
            cleanup: isCompact ? .compact : .delete(retention: retention))
    }

    private static func partition(
        _ row: Row, of stream: StreamSpecification, hasOwnTable: Bool, _ database: Database
    ) throws -> Partition {
        var isCompact = false
        var retention: Int64?
        switch stream.cleanup {
        case .compact: isCompact = true
        case .delete(let duration): retention = duration.map(microseconds)
        }
        let id = Int(try row.number("id", in: 0...Int64(BatchKey.maximumPartition)))
        let number = Int32(try row.number("number", in: 0...Int64(stream.partitions) - 1))
        let low = try row.number("low", in: 0...BatchKey.maximumOffset)
        let floor = try row.number("time_floor", in: BatchTable.times)
        let compacted = try row.number("compacted", in: 0...BatchKey.maximumOffset)
        let reference = reference(id, StreamPartition(stream.name, number), hasOwnTable: hasOwnTable)
        let last = try BatchTable.last(database, of: reference)
        return Partition(
            reference: reference, isCompact: isCompact, retention: retention,
            low: low, end: max(low, last?.end ?? 0), lastTime: max(floor, last?.time ?? 0),
            hasGarbage: low > 0, compactAt: compacted + Cleaner.compactionRecords)
    }
}

extension Row {
    /// A number as it was written; a power cut without syncs, or a bad disk, leaves others.
    fileprivate func number(_ column: String, in range: ClosedRange<Int64>) throws -> Int64 {
        let number = try decode(Int64.self, forColumn: column)
        guard range.contains(number) else { throw LogError.damaged("\(column) cannot be \(number)") }
        return number
    }
}
