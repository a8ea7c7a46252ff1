import Daybook
import Foundation
import GRDB
import Testing

@testable import DaybookSQLite

/// Bytes on the disk that are not what was written.
@Suite struct DamageTests {
    @Test func aDamagedBatchIsToldAndTheOthersAreRead() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var log = try await SQLiteLog.open(directory: directory.path)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        for batch in 0..<10 {
            let mark = Array("mark \(batch) ".utf8)
            try await log.store((0..<10).map { _ in NewRecord(orders, Record(key: mark, value: mark)) })
        }
        try await log.close()
        try damage(directory, "mark 4 ")
        log = try await SQLiteLog.open(directory: directory.path)
        let reader = try await log.reader(from: [orders: 0])
        // What lies before the damage comes first.
        #expect(try await reader.next(maximum: 1000).nextOffset == 40)
        for _ in 0..<2 {
            do {
                _ = try await reader.next(maximum: 1000)
                Issue.record("damaged records were read")
            } catch LogError.corrupt(let what) {
                #expect(what.contains("orders:0 from offset 40 up to 49"))
            }
        }
        try await reader.add([orders: 50])
        let rest = try await reader.next(maximum: 1000)
        #expect(rest.records.map(\.offset) == (50..<100).map { $0 })
        await #expect(throws: LogError.self) { try await log.records(at: [Position(orders, 41)]) }
        #expect(try await log.records(at: [Position(orders, 39), Position(orders, 50)]).allSatisfy { $0 != nil })
        try await log.store(samples(0..<1))
        try await log.close()
    }

    @Test func compactionLeavesADamagedPartitionAsItIs() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var log = try await SQLiteLog.open(directory: directory.path)
        try await log.createStreams([
            StreamSpecification(name: "orders", partitions: 1, cleanup: .compact),
            StreamSpecification(name: "sound", partitions: 1, cleanup: .compact),
        ])
        for batch in 0..<4 {
            for partition in [orders, StreamPartition("sound", 0)] {
                let value = Array("\(partition) mark \(batch)".utf8)
                try await log.store([NewRecord(partition, Record(key: [1], value: value))])
            }
        }
        try await log.close()
        try damage(directory, "orders:0 mark 2")
        log = try await SQLiteLog.open(directory: directory.path)
        await log.clean()
        #expect(try await log.all(orders, from: 3).count == 1)
        #expect(try await log.records(at: [Position(orders, 0)]).first != .some(nil))
        #expect(try await log.all(StreamPartition("sound", 0)).map(\.offset) == [3])
        try await log.close()
    }

    /// Numbers and types that nobody wrote: what a power cut without syncs may leave of a page.
    @Test(arguments: [
        "UPDATE stream SET partitions = -1", "UPDATE stream SET partitions = 1 << 40",
        "UPDATE partition SET number = 7", "UPDATE partition SET low = -1", "UPDATE partition SET low = ~(1 << 63)",
        "UPDATE partition SET compacted = ~(1 << 63)", "UPDATE partition SET time_floor = ~(1 << 63)",
        "UPDATE batch_1 SET last = ~(1 << 63)", "UPDATE batch_1 SET last_time = 1 << 63", "DROP TABLE batch_1",
        "UPDATE group_position SET next = -1", "DELETE FROM log",
        // Written under another schema, a row reads as one with less columns.
        "DROP TABLE stream; CREATE TABLE stream (id INTEGER PRIMARY KEY); INSERT INTO stream VALUES (1)",
        "DROP TABLE stream; CREATE TABLE stream (id INTEGER PRIMARY KEY, name, partitions, compact, retention); "
            + "INSERT INTO stream VALUES (1, NULL, 1, 0, NULL)",
        "DROP TABLE stream; CREATE TABLE stream (id INTEGER PRIMARY KEY, name, partitions, compact, retention); "
            + "INSERT INTO stream VALUES (1, 'orders', 'x', 0, NULL)",
        "DROP TABLE log; CREATE TABLE log (name, value); INSERT INTO log VALUES ('identity', NULL)",
    ])
    func whatCannotBeIsTold(damage: String) async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let log = try await SQLiteLog.open(directory: directory.path)
        try await log.createStreams([StreamSpecification(name: "orders", partitions: 1)])
        try await log.store(samples(0..<10))
        let member = try await log.join(group: "readers", streams: ["orders"], options: GroupOptions())
        guard case .assigned = try await member.next(maximum: 1) else {
            Issue.record("nothing was assigned")
            return
        }
        try await member.commit([orders: 5])
        await member.leave()
        try await log.close()
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let database = try DatabaseQueue(path: directory.path + "/daybook.sqlite", configuration: configuration)
        try await database.write { try $0.execute(sql: damage) }
        try database.close()
        let error = await #expect(throws: LogError.self) { try await SQLiteLog.open(directory: directory.path) }
        guard case .corrupt(let text) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("restore the directory from a backup"))
    }

    /// Changes a byte behind the first place in the database file that holds the mark.
    private func damage(_ directory: TemporaryDirectory, _ mark: String) throws {
        let file = URL(fileURLWithPath: directory.path + "/daybook.sqlite")
        var bytes = try Data(contentsOf: file)
        let place = try #require(bytes.firstRange(of: Data(mark.utf8)))
        bytes[place.lowerBound] ^= 0x20
        try bytes.write(to: file)
    }
}
