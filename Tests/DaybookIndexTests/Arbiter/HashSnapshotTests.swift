import Daybook
import DaybookTesting
import Foundation
import Logging
import Testing

@testable import DaybookIndex

/// What arbiters remember, saved and loaded.
@Suite struct HashSnapshotTests {
    private static let home = StreamPartition("daybook.dedup", 0)

    // MARK: - Files

    /// States of all kinds come and go; what was saved at one moment is what is loaded, and lives on.
    @Test(arguments: [1, 2, 3] as [UInt64]) func `a memory lives on from its snapshot`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var store = HashStore()
        var model: [HashDigest: HashState] = [:]
        for _ in 0..<6000 { try change(&store, &model, &random) }
        let saved = model
        let image = HashSnapshot.Image(hashes: store.image(), marks: [0: DedupMark(next: 7)])
        for _ in 0..<3000 { try change(&store, &model, &random) }
        try await withTemporaryDirectory { directory in
            let contents = try await file(image, directory)
            #expect(contents.meta.marks == image.marks)
            var loaded = HashStore(contents)
            expect(loaded, saved)
            model = saved
            for _ in 0..<6000 { try change(&loaded, &model, &random) }
            expect(loaded, model)
        }
    }

    private func file(_ image: HashSnapshot.Image, _ directory: String) async throws -> HashSnapshotReader.Contents {
        let store = SnapshotStore(directory: directory)
        let meta = HashSnapshot.Meta(
            identity: "log", stream: "dedup", savedAt: .now, marks: image.marks, partitions: image.hashes.partitions,
            holders: image.hashes.holders)
        try await store.replace("hashes.snapshot") { try HashSnapshotWriter.write(image, meta, to: &$0) }
        return try await store.read("hashes.snapshot") { try HashSnapshotReader.read(&$0) }
    }

    private func expect(_ store: borrowing HashStore, _ model: [HashDigest: HashState]) {
        let (count, jobs) = (store.count, store.jobCount)
        #expect(count == model.count)
        #expect(jobs == model.values.count { $0.job?.isOver == false })
        for (digest, state) in model {
            let found = store[digest]
            #expect(found == state)
        }
    }

    private func change(
        _ store: inout HashStore, _ model: inout [HashDigest: HashState], _ random: inout SeededGenerator
    ) throws {
        let digest = HashDigest(high: UInt64.random(in: 0..<3000, using: &random) << 48, low: 1)
        let state = random.chance(0.4) ? nil : self.state(&random)
        model[digest] = state
        try store.set(digest, to: state)
    }

    private func state(_ random: inout SeededGenerator) -> HashState {
        var state = HashState(
            event: .generate(),
            created: Position(
                StreamPartition("s\(Int.random(in: 0..<3, using: &random))", 2), random.chance(0.5) ? 0 : 1 << 40))
        if random.chance(0.2) { state.expires = Timestamp(microseconds: 7_000_000) }
        let holder = Holder("ann", workerID: random.chance(0.5) ? "w\(Int.random(in: 0..<50, using: &random))" : nil)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: state.bodyDigest = .random(in: 0 ... .max, using: &random)
        case 1:
            state.job = JobState(status: .finished, holder: holder)
        case 2:
            var job = JobState(status: .inProgress, retries: 2, holder: holder)
            job.former = [Holder("bob"), Holder("w\(Int.random(in: 0..<50, using: &random))")]
            job.leaseEnd = random.chance(0.5) ? Timestamp(microseconds: 1_234_567) : nil
            job.lease = job.leaseEnd.map { _ in .seconds(30) }
            state.job = job
        default: break
        }
        return state
    }

    @Test func `a torn or damaged file is refused`() async throws {
        var random = SeededGenerator(seed: 5)
        var store = HashStore()
        var model: [HashDigest: HashState] = [:]
        for _ in 0..<50 { try change(&store, &model, &random) }
        let image = HashSnapshot.Image(hashes: store.image(), marks: [0: DedupMark(next: 7)])
        try await withTemporaryDirectory { directory in
            _ = try await file(image, directory)
            let url = URL(filePath: directory + "/hashes.snapshot")
            let whole = try Data(contentsOf: url)
            let damaged =
                (0..<whole.count).map { place in
                    var bytes = whole
                    bytes[place] ^= 0x41
                    return bytes
                } + (0..<whole.count).map { whole.prefix($0) } + [whole + [0]]
            for bytes in damaged {
                try bytes.write(to: url)
                await #expect(throws: SnapshotRefusal.self) {
                    _ = try await SnapshotStore(directory: directory).read("hashes.snapshot") {
                        try HashSnapshotReader.read(&$0)
                    }
                }
            }
        }
    }

    // MARK: - Moments

    @Test func `an image is of a moment between two batches`() throws {
        var memory = ArbiterMemory(maximumHashes: .max)
        func next(in memory: inout ArbiterMemory, evenIfUnchanged: Bool = false) -> Int64? {
            memory.takeImage(evenIfUnchanged: evenIfUnchanged)?.marks[0]?.next
        }
        var images = [next(in: &memory)]
        try commit("first", at: 0, in: &memory)
        decide("lost", in: &memory)
        // While a batch is decided there is none.
        images.append(next(in: &memory))
        memory.rollBack(mayBeStored: false)
        images += [next(in: &memory), next(in: &memory), next(in: &memory, evenIfUnchanged: true)]
        #expect(images == [nil, nil, 1, nil, 1])
        // What is asked for while a batch is decided is what the batch leaves, whatever comes then.
        try commit("more", at: 1, in: &memory)
        decide("second", in: &memory)
        images = [next(in: &memory)]
        memory.commit([Self.record("second")], [Appended(position: Position(Self.home, 9), time: .now)])
        try commit("third", at: 10, in: &memory)
        images += [next(in: &memory), next(in: &memory), next(in: &memory)]
        #expect(images == [nil, 10, 11, nil])
        memory.loseImage()
        images = [next(in: &memory)]
        decide("unknown", in: &memory)
        memory.rollBack(mayBeStored: true)
        images.append(next(in: &memory, evenIfUnchanged: true))
        #expect(images == [11, nil])
    }

    private static func record(_ hash: String) -> NewRecord {
        NewRecord(home, Record(key: HashDigest(hash).bytes, value: [1]))
    }

    private func decide(_ hash: String, in memory: inout ArbiterMemory) {
        let event = Event(topic: "a.b", hash: hash)
        memory.decider.decide(
            HashRequest(
                .publish(HashTerms()), digest: HashDigest(hash), event: event.id,
                record: RecordEncoder.encode(created: event, actor: nil), target: StreamPartition("daybook.a", 0)),
            at: .now)
    }

    private func commit(_ hash: String, at offset: Int64, in memory: inout ArbiterMemory) throws {
        decide(hash, in: &memory)
        _ = try memory.decider.settle([Appended(position: Position(StreamPartition("daybook.a", 0), 0), time: .now)])
        memory.commit([Self.record(hash)], [Appended(position: Position(Self.home, offset), time: .now)])
    }

    // MARK: - Servers

    /// Publishes events with hashes `h0`, `h1`, …
    private func publish(
        _ count: Int, _ way: ArbiterWay, _ store: MemoryStore, _ snapshots: String?
    ) async throws -> [EventReference] {
        try await withNodes(way, store: store, snapshots: snapshots) { parts in
            let events = (0..<count).map { Event(topic: "a.b", hash: "h\($0)") }
            return try await parts[0].publisher.publish(events).compactMap { try $0.get().reference }
        }
    }

    /// What a server knew when it stopped it does not read again, and what came later it does.
    @Test(arguments: ArbiterWay.allCases)
    func `a restart goes on from the snapshot`(_ way: ArbiterWay) async throws {
        let store = MemoryStore { .now }
        try await withTemporaryDirectory { directory in
            let references = try await publish(200, way, store, directory)
            // Another server, of which this one knows nothing.
            let freed = Event(topic: "a.b", hash: "h0")
            let first = references[0]
            try await withNodes(way, store: store) { parts in
                #expect(await parts[0].arbiterStatistics.replayed >= (way == .direct ? 200 : 0))
                _ = try await parts[0].publisher.delete(first)
                _ = try await parts[0].publisher.publish(Event(topic: "a.b", hash: "new"))
            }
            try await withNodes(way, store: store, snapshots: directory) { parts in
                // Decided behind all that is taken over.
                _ = try await parts[0].publisher.publish(freed)
                for hash in ["new", "h0", "h1", "h199"] {
                    await #expect(throws: PublishError.self, "\(hash)") {
                        try await parts[0].publisher.publish(Event(topic: "a.b", hash: hash))
                    }
                }
                #expect(await parts[0].arbiterStatistics.replayed <= 2)
            }
        }
    }

    /// - Returns: how many states were read from the log.
    private func replayed(
        _ store: MemoryStore, _ directory: String, at time: Timestamp = .now, prefix: String? = nil
    ) async throws -> Int {
        var layout = StreamLayout()
        if let prefix { layout.prefix = prefix }
        let catalog = try await StreamCatalog.open(log: MemoryLog(store: store), layout: layout, logger: .silent)
        let snapshots = try await HashSnapshots(
            SnapshotStore(directory: directory), catalog, interval: .seconds(60), logger: .silent, now: { time })
        let arbiter = try await DirectArbiter.open(catalog, maximumHashes: .max, snapshots: snapshots)
        return arbiter.statistics.replayed
    }

    @Test func `a snapshot that does not go with the log is not used`() async throws {
        let store = MemoryStore(identity: "one") { .now }
        let other = MemoryStore(identity: "two") { .now }
        // As when the stream was deleted and made anew.
        let again = MemoryStore(identity: "one") { .now }
        try await withTemporaryDirectory { directory in
            let before = Timestamp.now
            for (log, snapshots) in [(store, directory), (other, nil), (again, nil)] {
                _ = try await publish(100, .direct, log, snapshots)
            }
            #expect(try await replayed(store, directory) == 0)
            #expect(try await replayed(other, directory) == 100)
            #expect(try await replayed(again, directory) == 100)
            // By when a tombstone may be gone; and by a clock that was put back.
            let late = before.advanced(by: HashSnapshots.maximumAge)
            #expect(try await replayed(store, directory, at: late.advanced(by: .seconds(-60))) == 0)
            #expect(try await replayed(store, directory, at: late.advanced(by: .seconds(60))) == 100)
            #expect(try await replayed(store, directory, at: before.advanced(by: .seconds(-60))) == 100)
        }
    }

    @Test func `witnesses that compaction took away are no proof`() async throws {
        let store = MemoryStore { .now }
        try await withTemporaryDirectory { directory in
            let references = try await publish(1000, .direct, store, directory)
            store.clean()
            #expect(try await replayed(store, directory) == 0)
            // The younger half is changed, so that none of its former records stays.
            try await withNodes(.direct, store: store) { parts in
                let writes = references[500...].map { EventWrite.delete($0) }
                for result in await parts[0].publisher.write(writes) { _ = try result.get() }
            }
            #expect(try await replayed(store, directory) == 500)
            store.clean()
            #expect(try await replayed(store, directory) == 1000)
        }
    }
}
