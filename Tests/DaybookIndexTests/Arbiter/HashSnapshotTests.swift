import Daybook
import DaybookTesting
import Foundation
import Logging
import Testing

@testable import DaybookIndex

/// What arbiters remember, saved and loaded.
@Suite struct HashSnapshotTests {
    // MARK: - Files

    /// States of all kinds come and go; what was saved at one moment is what is loaded, and lives on.
    @Test(arguments: [1, 2, 3] as [UInt64]) func `a memory lives on from its snapshot`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var store = HashStore()
        var model: [HashDigest: HashState] = [:]
        for _ in 0..<6000 { try change(&store, &model, &random) }
        let saved = model
        let image = HashSnapshot.Image(hashes: store.image(), marks: [0: DedupMark(next: 7)], asOf: .now)
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
            identity: "log", stream: "dedup", asOf: image.asOf, marks: image.marks, partitions: image.hashes.partitions,
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
        let image = HashSnapshot.Image(hashes: store.image(), marks: [0: DedupMark(next: 7)], asOf: .now)
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

    @Test(.timeLimit(.minutes(1))) func `an image is of a moment between two batches`() async throws {
        let keeper = MemoryKeeper()
        var images = [await keeper.next]
        await keeper.decide("first")
        await keeper.commit("first", at: 0)
        images += [await keeper.next, await keeper.next]
        #expect(images == [nil, 1, nil])
        // What is asked for while a batch is decided is what the batch leaves.
        await keeper.decide("second")
        let second = Task { await keeper.next }
        while await keeper.waiting < 1 { await Task.yield() }
        await keeper.commit("second", at: 9)
        await keeper.decide("third")
        await keeper.commit("third", at: 10)
        images = [await second.value, await keeper.next, await keeper.next]
        #expect(images == [10, 11, nil])
        await keeper.loseImage()
        #expect(await keeper.next == 11)
        // A batch that did not happen leaves nothing; and when nobody knows whether it did, there is no image any more.
        await keeper.loseImage()
        await keeper.decide("lost")
        let lost = Task { await keeper.image()?.hashCount }
        while await keeper.waiting < 1 { await Task.yield() }
        await keeper.rollBack(mayBeStored: false)
        #expect(await lost.value == 3)
        await keeper.loseImage()
        await keeper.decide("unknown")
        await keeper.rollBack(mayBeStored: true)
        #expect(await keeper.next == nil)
    }

    @Test func `the last witnesses are kept, in order, over snapshots`() throws {
        var mark = DedupMark(next: 0)
        for offset in 0..<13 { mark.note(Int64(offset), Record(key: [UInt8(offset)], value: [])) }
        #expect(mark.witnesses.map(\.offset) == Array(5..<13))
        var loaded = DedupMark(next: mark.next, witnesses: mark.witnesses)
        loaded.note(20, Record(key: [20], value: []))
        #expect(loaded.witnesses.map(\.offset) == Array(6..<13) + [20])
        #expect(loaded.next == 21)
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
            directory: directory, catalog, interval: .seconds(60), logger: .silent, now: { time })
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
            #expect(try await replayed(store, directory, at: before.advanced(by: .seconds(-3600))) == 100)
        }
    }

    /// As of a process that slept while others decided: what it saves when it wakes is as old as what it knows.
    @Test func `a snapshot is as old as what it knows, whenever it is written`() async throws {
        let time = Watched(Timestamp.now)
        let store = MemoryStore { time.value }
        let begin = time.value
        try await withTemporaryDirectory { directory in
            let catalog = try await StreamCatalog.open(log: MemoryLog(store: store), logger: .silent)
            let snapshots = try await HashSnapshots(
                directory: directory, catalog, interval: .seconds(3600), logger: .silent, now: { time.value })
            let arbiter = try await DirectArbiter.open(
                catalog, maximumHashes: .max, snapshots: snapshots, now: { time.value })
            _ = try await Publisher(catalog: catalog, arbiter: arbiter).publish(Event(topic: "a.b", hash: "h"))
            time.update { $0 = begin.advanced(by: HashSnapshots.maximumAge * 2) }
            let saving = Task { await arbiter.run() }
            saving.cancel()
            await saving.value
            #expect(try await replayed(store, directory, at: time.value) == 1)
            #expect(try await replayed(store, directory, at: begin) == 0)
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

extension HashSnapshot.Image {
    fileprivate var hashCount: Int {
        (0..<UInt32(hashes.entries.count)).count { hashes.entries.pointer($0).pointee.place != HashStore.freeMark }
    }
}

/// A memory by itself.
private actor MemoryKeeper: HashSnapshots.Keeper {
    private var memory = ArbiterMemory(maximumHashes: .max, asOf: .now)

    /// Up to where the next image tells of the dedup stream.
    var next: Int64? { get async { await image()?.marks[0]?.next } }

    var waiting: Int { memory.waitingCount }

    func image() async -> HashSnapshot.Image? {
        await withCheckedContinuation { memory.giveImage(to: $0) }
    }

    func loseImage() { memory.loseImage() }
    func renew() {}

    func decide(_ hash: String) {
        let event = Event(topic: "a.b", hash: hash)
        memory.decider.decide(
            HashRequest(
                .publish(HashTerms()), digest: HashDigest(hash), event: event.id,
                record: RecordEncoder.encode(created: event, actor: nil), target: StreamPartition("daybook.a", 0)),
            at: .now)
    }

    func commit(_ hash: String, at offset: Int64) {
        let home = StreamPartition("daybook.dedup", 0)
        _ = try? memory.decider.settle([Appended(position: Position(StreamPartition("daybook.a", 0), 0), time: .now)])
        memory.commit(
            [NewRecord(home, Record(key: HashDigest(hash).bytes, value: [1]))],
            [Appended(position: Position(home, offset), time: .now)])
    }

    func rollBack(mayBeStored: Bool) { memory.rollBack(mayBeStored: mayBeStored) }
}
