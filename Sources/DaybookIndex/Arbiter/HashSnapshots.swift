import Daybook
import Logging
import Synchronization

/// The snapshots of what this process's arbiters remember: a file for each.
final class HashSnapshots: Sendable {
    /// Who has a memory that is saved.
    protocol Keeper: Sendable {
        /// See ``ArbiterMemory/giveImage(to:)``.
        func image() async -> HashSnapshot.Image?
        func loseImage() async
        /// Has the memory be as good as new, if nobody else can have decided anything.
        func renew() async
    }

    /// An older one is of no use: compaction may have taken away since that a hash was freed. Tombstones stay a day
    /// (``StreamSpecification/minimumTombstoneRetention``).
    static let maximumAge = StreamSpecification.minimumTombstoneRetention / 2
    /// How far the clocks of the log and of this machine may differ.
    private static let clockDifference = Duration.seconds(60)
    private static let maximumPause = Duration.seconds(3600)

    private let directory: String
    /// By name. One for each, so that nobody waits for what another reads or writes, and what was read and written of one
    /// name takes turns, whoever it is that has the partition.
    private let stores = Mutex<[String: SnapshotStore]>([:])
    private let identity: String
    private let stream: String
    private let interval: Duration
    private let logger: Logger
    private let now: @Sendable () -> Timestamp

    /// - Parameter interval: how long after a snapshot the next one is written, if anything changed.
    init(
        directory: String, _ catalog: StreamCatalog, interval: Duration, logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) async throws {
        self.directory = directory
        identity = try await catalog.log.identity
        stream = catalog.layout.dedup.name
        self.interval = interval
        self.logger = logger
        self.now = now
    }

    private func store(_ name: String) -> SnapshotStore {
        stores.withLock { stores in
            if let store = stores[name] { return store }
            let store = SnapshotStore(directory: directory)
            stores[name] = store
            return store
        }
    }

    private static func file(_ name: String) -> String { "\(name).snapshot" }

    // MARK: - Loading

    /// What is remembered of partitions of the dedup stream: from the snapshot, if there is one that goes with the log, and
    /// from what the stream holds beyond it.
    ///
    /// - Throws: ``LogError``.
    static func restore(
        _ name: String, _ partitions: [StreamPartition], of log: any EventLog, maximumHashes: Int,
        from snapshots: HashSnapshots?
    ) async throws -> RestoredMemory {
        let asOf = snapshots?.now() ?? .now
        let ranges = try await log.watermarks(of: partitions)
        var memory = ArbiterMemory(maximumHashes: maximumHashes, asOf: asOf)
        if let contents = try await snapshots?.load(name, ranges, log) {
            memory = ArbiterMemory(maximumHashes: maximumHashes, asOf: asOf, contents)
        }
        try await DedupStream.replay(ranges, of: log, into: &memory)
        return RestoredMemory(memory)
    }

    private func load(
        _ name: String, _ ranges: [StreamPartition: Watermarks], _ log: any EventLog
    ) async throws -> HashSnapshotReader.Contents? {
        do {
            let contents = try await store(name).read(Self.file(name)) { file in try HashSnapshotReader.read(&file) }
            try await check(contents.meta, ranges, log)
            return contents
        } catch let refusal as SnapshotRefusal {
            logger.log(
                level: refusal == .missing ? .debug : .info, "what is known of hashes is read from the log",
                metadata: ["arbiter": "\(name)", "reason": "\(refusal)"])
            return nil
        }
    }

    /// Whether the log goes on from where a snapshot ends.
    ///
    /// - Throws: ``SnapshotRefusal``, ``LogError``.
    private func check(
        _ meta: HashSnapshot.Meta, _ ranges: [StreamPartition: Watermarks], _ log: any EventLog
    ) async throws {
        guard meta.identity == identity, meta.stream == stream else {
            throw SnapshotRefusal.otherLog("it is of \(meta.stream) in \(meta.identity), not \(stream) in \(identity)")
        }
        let age = meta.asOf.duration(to: now())
        guard age > .zero - Self.clockDifference, age < Self.maximumAge else { throw SnapshotRefusal.tooOld }
        var known: [(position: Position, fingerprint: UInt64)] = []
        for (number, mark) in meta.marks {
            let partition = StreamPartition(stream, number)
            guard let range = ranges[partition] else {
                throw SnapshotRefusal.outOfRange("there is no partition \(partition)")
            }
            guard mark.next >= range.low, mark.next <= range.end else {
                throw SnapshotRefusal.outOfRange(
                    "\(partition) holds \(range.low) to \(range.end), it goes on at \(mark.next)")
            }
            known += mark.witnesses.map { (Position(partition, $0.offset), $0.fingerprint) }
        }
        let records = try await log.records(at: known.map(\.position))
        var confirmed: Set<StreamPartition> = []
        for (entry, record) in zip(known, records) {
            // Compaction may have taken it away.
            guard let record else { continue }
            guard DedupMark.fingerprint(record.record) == entry.fingerprint else {
                throw SnapshotRefusal.otherHistory("the record at \(entry.position) is another one")
            }
            confirmed.insert(entry.position.partition)
        }
        for (position, _) in known where !confirmed.contains(position.partition) {
            throw SnapshotRefusal.otherHistory("none of the last records of \(position.partition) is there any more")
        }
    }

    // MARK: - Saving

    /// Saves what somebody remembers from time to time, until cancelled, and then once more.
    func keepSaved(_ name: String, of keeper: some Keeper) async {
        var saved = ContinuousClock.now
        var pause = interval
        while (try? await Task.sleep(for: pause)) != nil {
            // Renewed long before it is too old.
            if ContinuousClock.now - saved > Self.maximumAge / 4 { await keeper.renew() }
            let started = ContinuousClock.now
            switch await save(name, of: keeper) {
            case nil: pause = interval
            case true?:
                saved = .now
                // A large memory is not written all the time: writing takes a twentieth of the time at most.
                pause = max(interval, (saved - started) * 20)
            case false?: pause = min(max(pause, interval) * 2, max(interval, Self.maximumPause))
            }
        }
        _ = await save(name, of: keeper)
    }

    /// - Returns: whether it was saved; nil when there was nothing to be.
    private func save(_ name: String, of keeper: some Keeper) async -> Bool? {
        guard let image = await keeper.image() else { return nil }
        do {
            let meta = HashSnapshot.Meta(
                identity: identity, stream: stream, asOf: image.asOf,
                // A partition without one is read from its beginning, which is short.
                marks: image.marks.filter { !$0.value.witnesses.isEmpty },
                partitions: image.hashes.partitions, holders: image.hashes.holders)
            try await store(name).replace(Self.file(name)) { file in
                try HashSnapshotWriter.write(image, meta, to: &file)
            }
            return true
        } catch {
            // The former snapshot is still there, and without any it is read from the log.
            await keeper.loseImage()
            logger.warning("what is known of hashes could not be saved", metadata: ["error": "\(error)"])
            return false
        }
    }
}
