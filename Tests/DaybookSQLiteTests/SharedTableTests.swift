import Daybook
import Foundation
import GRDB
import Testing

@testable import DaybookSQLite

/// Streams whose partitions share a table.
@Suite struct SharedTableTests {
    private let old = (0..<2).map { StreamPartition("orders", $0) }

    /// A directory as the first version made it, with one stream.
    private func make(_ directory: TemporaryDirectory, compact: Bool) throws {
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        let database = try DatabaseQueue(path: directory.path + "/daybook.sqlite")
        try database.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA application_id = \(Migrations.applicationID)")
        }
        try Migrations.migrator.migrate(database, upTo: "001 streams and batches")
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO stream (id, name, partitions, compact, retention) VALUES (1, 'orders', 2, \(compact), NULL);
                    INSERT INTO partition (id, stream, number) VALUES (1, 1, 0), (2, 1, 1);
                    """)
        }
        try database.close()
    }

    private func batches(_ log: SQLiteLog, in table: String) async throws -> Int? {
        try await log.database.read("to count") { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
    }

    @Test func aLogOfTheFirstVersionGoesOn() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        try make(directory, compact: false)
        var log = try await SQLiteLog.open(directory: directory.path)
        for start in stride(from: 0, to: 30, by: 10) {
            for partition in old { try await log.store(samples(start..<start + 10, in: partition)) }
        }
        #expect(try await batches(log, in: BatchTable.shared) == 6)
        // What is made now has its own.
        try await log.createStreams([StreamSpecification(name: "new", partitions: 1)])
        let new = StreamPartition("new", 0)
        try await log.store(samples(0..<10, in: new))
        #expect(try await batches(log, in: BatchTable.own(3)) == 1)
        try await log.close()
        log = try await SQLiteLog.open(directory: directory.path)
        #expect(try await batches(log, in: BatchTable.shared) == 6)
        for partition in old {
            #expect(try await log.all(partition).map(\.offset) == (0..<30).map { $0 })
            #expect(try await log.records(at: [Position(partition, 17)]).map { $0?.offset } == [17])
            #expect(try await log.offset(in: partition, at: Timestamp(microseconds: 1 << 59)) == 30)
        }
        #expect(try await log.all(new).map(\.offset) == (0..<10).map { $0 })
        try await log.trim(old[0], before: 20)
        await log.clean()
        #expect(try await batches(log, in: BatchTable.shared) == 4)
        #expect(try await log.all(old[0]).map(\.offset) == (20..<30).map { $0 })
        #expect(try await log.all(old[1]).count == 30)
        try await log.close()
    }

    @Test func aSharedTableIsCompacted() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        try make(directory, compact: true)
        let log = try await SQLiteLog.open(directory: directory.path)
        for number in 0..<20 {
            for partition in old {
                try await log.store([NewRecord(partition, sample(number, key: "\(number % 2)"))])
            }
        }
        await log.clean()
        for partition in old { #expect(try await log.all(partition).map(\.offset) == [18, 19]) }
        try await log.close()
    }

    @Test func aStreamOfVeryManyPartitionsSharesOne() async throws {
        let log = try await SQLiteLog.inMemory()
        try await log.createStreams([
            StreamSpecification(name: "orders", partitions: BatchTable.maximumOwnTables + 1),
            StreamSpecification(name: "few", partitions: 3),
        ])
        let partition = StreamPartition("orders", BatchTable.maximumOwnTables)
        try await log.store(samples(0..<3, in: partition))
        #expect(try await log.all(partition).count == 3)
        #expect(try await batches(log, in: BatchTable.shared) == 1)
        let tables = try await log.database.read("to count") {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master WHERE name LIKE 'batch_%'")
        }
        #expect(tables == 3)
        try await log.close()
    }
}
