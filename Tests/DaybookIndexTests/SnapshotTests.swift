import Daybook
import Foundation
import Testing

@testable import DaybookIndex

@Suite struct SnapshotTests {
    private func apply(_ batches: some Sequence<RecordBatch>, to index: EventIndex) async {
        for batch in batches { await index.apply(batch) }
    }

    private func load(
        _ directory: String, identity: String = "log", prefix: String = "test", bounds: IndexBounds = IndexBounds()
    ) async throws(SnapshotRefusal) -> EventIndex {
        let restored = try await SnapshotStore(directory: directory)
            .load(identity: identity, prefix: prefix, bounds: bounds)
        let index = EventIndex(bounds: bounds)
        index.adopt(restored)
        return index
    }

    private func save(_ index: EventIndex, _ directory: String) async throws {
        try await SnapshotStore(directory: directory).save(index.image(), identity: "log", prefix: "test")
    }

    @Test(arguments: [
        IndexBounds(), IndexBounds(maximumEventsPerPartition: 30, maximumAge: .microseconds(500)),
    ])
    func goesOnWhereItEnded(bounds: IndexBounds) async throws {
        let batches = ScriptedLog(seed: 21, records: 1500).shuffled(seed: 3)
        let whole = EventIndex(bounds: bounds)
        await apply(batches, to: whole)
        for cut in stride(from: 0, to: batches.count, by: max(1, batches.count / 4)) {
            try await withTemporaryDirectory { directory in
                let first = EventIndex(bounds: bounds)
                await apply(batches[..<cut], to: first)
                try await save(first, directory)
                let second = try await load(directory, bounds: bounds)
                #expect(try await second.dump() == first.dump())
                #expect(second.positions == first.positions)
                #expect(second.statistics.events == first.statistics.events)
                #expect(second.statistics.keptForDependants == first.statistics.keptForDependants)
                await apply(batches[cut...], to: second)
                #expect(try await second.dump() == whole.dump())
                for order in EventQuery.Order.allCases {
                    var query = EventQuery()
                    query.order = order
                    query.limit = 1000
                    query.projects = ["demo"]
                    #expect(try await second.query(query).events == whole.query(query).events)
                }
            }
        }
    }

    @Test func aSnapshotIsOfOneMomentWhateverIsWrittenMeanwhile() async throws {
        let batches = ScriptedLog(seed: 22, records: 800).shuffled(seed: 3)
        let index = EventIndex()
        await apply(batches[..<(batches.count / 2)], to: index)
        let dump = try await index.dump()
        let image = index.image()
        await apply(batches[(batches.count / 2)...], to: index)
        try await withTemporaryDirectory { directory in
            try await SnapshotStore(directory: directory).save(image, identity: "log", prefix: "test")
            #expect(try await load(directory).dump() == dump)
        }
    }

    @Test func tornAndDamagedOnesAreRefused() async throws {
        try await withTemporaryDirectory { directory in
            let index = EventIndex()
            await apply(ScriptedLog(seed: 23, records: 200).shuffled(seed: 1), to: index)
            try await save(index, directory)
            let path = directory + "/index.snapshot"
            let whole = try Data(contentsOf: URL(filePath: path))
            for cut in Set(
                [0, 1, 7, 8, 63, 64, whole.count - 8, whole.count - 1] + (1...20).map { whole.count * $0 / 21 })
            {
                try whole.prefix(cut).write(to: URL(filePath: path))
                await #expect(throws: SnapshotRefusal.damaged, "cut at \(cut)") { _ = try await load(directory) }
            }
            for place in (0..<64) + (0..<60).map({ whole.count * $0 / 60 }) {
                var bytes = whole
                bytes[place] ^= 0x41
                try bytes.write(to: URL(filePath: path))
                await #expect(throws: SnapshotRefusal.self, "changed at \(place)") { _ = try await load(directory) }
            }
            try (whole + [0]).write(to: URL(filePath: path))
            await #expect(throws: SnapshotRefusal.damaged) { _ = try await load(directory) }
            try whole.write(to: URL(filePath: path))
            _ = try await load(directory)
        }
    }

    @Test func onesOfOtherLogsAreRefused() async throws {
        try await withTemporaryDirectory { directory in
            await #expect(throws: SnapshotRefusal.missing) { _ = try await load(directory) }
            let index = EventIndex()
            await apply(ScriptedLog(seed: 24, records: 50).shuffled(seed: 1), to: index)
            try await save(index, directory)
            await #expect(throws: SnapshotRefusal.self) { _ = try await load(directory, identity: "another") }
            await #expect(throws: SnapshotRefusal.self) { _ = try await load(directory, prefix: "another") }
            await #expect(throws: SnapshotRefusal.otherBounds) {
                _ = try await load(directory, bounds: IndexBounds(maximumEventsPerPartition: 1_000_000))
            }
            _ = try await load(directory)
        }
    }

    @Test func oneThatCannotBeWrittenLeavesTheFormerOne() async throws {
        try await withTemporaryDirectory { directory in
            let index = EventIndex()
            await apply(ScriptedLog(seed: 25, records: 50).shuffled(seed: 1), to: index)
            try await save(index, directory)
            // A directory where the new file should be made.
            try FileManager.default.createDirectory(
                atPath: directory + "/index.snapshot.new", withIntermediateDirectories: false)
            await #expect(throws: SnapshotRefusal.self) { try await save(index, directory) }
            #expect(try await load(directory).dump() == index.dump())
        }
    }

    @Test func xxHashHasTheKnownAnswers() {
        func hash(_ text: String, seed: UInt64 = 0) -> UInt64 {
            Array(text.utf8).withUnsafeBytes { XXHash64.hash($0, seed: seed) }
        }
        #expect(hash("") == 0xEF46_DB37_51D8_E999)
        #expect(hash("a") == 0xD24E_C4F1_A98C_6E5B)
        #expect(hash("abc") == 0x44BC_2CF5_AD77_0999)
        #expect(hash("xxhash") == 0x32DD_3895_2C4B_C720)
        #expect(hash("xxhash", seed: 20_141_025) == 0xB559_B98D_844E_0635)
        #expect(hash("Nobody inspects the spammish repetition") == 0xFBCE_A83C_8A37_8BF1)
        // In pieces of any size it is the same.
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let whole = bytes.withUnsafeBytes { XXHash64.hash($0) }
        for size in [1, 3, 31, 32, 33, 500] {
            var pieces = XXHash64()
            for start in stride(from: 0, to: bytes.count, by: size) {
                bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { pieces.update($0) }
            }
            #expect(pieces.value == whole)
        }
    }
}
