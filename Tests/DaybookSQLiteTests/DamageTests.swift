import Daybook
import Foundation
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

    /// Changes a byte behind the first place in the database file that holds the mark.
    private func damage(_ directory: TemporaryDirectory, _ mark: String) throws {
        let file = URL(fileURLWithPath: directory.path + "/daybook.sqlite")
        var bytes = try Data(contentsOf: file)
        let place = try #require(bytes.firstRange(of: Data(mark.utf8)))
        bytes[place.lowerBound] ^= 0x20
        try bytes.write(to: file)
    }
}
