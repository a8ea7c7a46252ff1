import Daybook
import GRDB

/// The SQL of the groups' committed positions, and of the transactional writers.
enum GroupTable {
    /// Every group's positions, by the partitions' numbers.
    static func load(_ database: Database) throws -> [String: [Int: Int64]] {
        let statement = try RawStatement(database, "SELECT \"group\", partition, next FROM group_position")
        defer { statement.reset() }
        var result: [String: [Int: Int64]] = [:]
        while try statement.step() {
            let next = statement.int(2)
            guard (0...BatchKey.maximumOffset).contains(next) else {
                throw LogError.damaged("group \(statement.text(0)) cannot be at offset \(next)")
            }
            result[statement.text(0), default: [:]][Int(statement.int(1))] = next
        }
        return result
    }

    static func set(_ positions: [Int: Int64], of group: String, _ database: Database) throws {
        let statement = try RawStatement(
            database,
            """
            INSERT INTO group_position ("group", partition, next) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET next = excluded.next
            """)
        try statement.bind(group, at: 1)
        for (partition, offset) in positions {
            try statement.bind(Int64(partition), at: 2)
            try statement.bind(offset, at: 3)
            try statement.run()
        }
    }

    static func delete(_ group: String, _ database: Database) throws {
        let statement = try RawStatement(database, "DELETE FROM group_position WHERE \"group\" = ?")
        try statement.bind(group, at: 1)
        try statement.run()
    }

    /// Counts up the epoch of a transactional id.
    static func fence(_ writer: String, _ database: Database) throws {
        let statement = try RawStatement(
            database,
            "INSERT INTO writer (id, epoch) VALUES (?, 1) ON CONFLICT DO UPDATE SET epoch = epoch + 1")
        try statement.bind(writer, at: 1)
        try statement.run()
    }
}
