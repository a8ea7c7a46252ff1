import Daybook
import Logging
import Synchronization

extension Projector {
    // MARK: - Loading

    /// Fills the index from the snapshot, if there is one that goes with the log. Tried once.
    ///
    /// - Throws: a ``LogError`` when the log cannot be asked whether it does.
    func loadSnapshot(_ ranges: [StreamPartition: Watermarks]) async throws {
        let identity = try await catalog.log.identity
        let isTried = status.withLock { status in
            status.identity = identity
            return status.hasTriedSnapshot
        }
        guard let snapshots, !isTried else { return }
        let started = ContinuousClock.now
        do {
            let restored = try await snapshots.load(
                identity: identity, prefix: catalog.layout.prefix, bounds: index.bounds)
            try await check(restored.marks, ranges)
            index.adopt(restored)
            logger.info(
                "the index was loaded from its snapshot",
                metadata: ["events": "\(index.statistics.events)", "took": "\(ContinuousClock.now - started)"])
        } catch let refusal as SnapshotRefusal {
            status.withLock { $0.statistics.snapshotRefusal = refusal }
            logger.info("the index is made anew from the log", metadata: ["reason": "\(refusal)"])
        }
        status.withLock { $0.hasTriedSnapshot = true }
    }

    /// Whether the log goes on from where a snapshot ends: each partition still reaches there, and the last record is the
    /// one the snapshot knows.
    ///
    /// - Throws: ``SnapshotRefusal``, ``LogError``.
    private func check(_ marks: [IndexImage.Mark], _ ranges: [StreamPartition: Watermarks]) async throws {
        var known: [(mark: IndexImage.Mark, position: Position)] = []
        for mark in marks {
            guard let range = ranges[mark.partition] else {
                throw SnapshotRefusal.outOfRange("there is no partition \(mark.partition)")
            }
            guard mark.next >= range.low, mark.next <= range.end else {
                throw SnapshotRefusal.outOfRange(
                    "\(mark.partition) holds \(range.low) to \(range.end), it goes on at \(mark.next)")
            }
            if mark.lastOffset >= range.low { known.append((mark, Position(mark.partition, mark.lastOffset))) }
        }
        let records = try await catalog.log.records(at: known.map(\.position))
        for (entry, record) in zip(known, records) {
            guard let record, RecordFingerprint.of(record) == entry.mark.fingerprint else {
                throw SnapshotRefusal.otherHistory("the record at \(entry.position) is another one")
            }
        }
    }

    // MARK: - Saving

    /// Writes snapshots from time to time, until cancelled.
    func saveSnapshots() async throws {
        var last = ContinuousClock.now
        // A large index is not written all the time: writing takes a twentieth of the time at most.
        var pause = Duration.zero
        while true {
            try await Task.sleep(for: min(.seconds(1), options.snapshotInterval))
            let since = ContinuousClock.now - last
            let records = status.withLock(\.recordsSinceSnapshot)
            guard records > 0, since >= pause else { continue }
            guard since >= options.snapshotInterval || records >= options.snapshotRecords else { continue }
            let started = ContinuousClock.now
            await saveSnapshot()
            last = .now
            pause = (last - started) * 20
        }
    }

    /// Writes a snapshot, if anything was applied since the last one.
    func saveSnapshot() async {
        guard let snapshots else { return }
        let (identity, records) = status.withLock { ($0.identity, $0.recordsSinceSnapshot) }
        guard let identity, records > 0 else { return }
        do {
            try await snapshots.save(index.image(), identity: identity, prefix: catalog.layout.prefix)
            status.withLock { status in
                status.recordsSinceSnapshot -= records
                status.statistics.snapshots += 1
            }
        } catch {
            // The former snapshot is still there, and without any the index is made anew.
            status.withLock { $0.statistics.failedSnapshots += 1 }
            logger.warning("the index could not be saved", metadata: ["error": "\(error)"])
        }
    }
}
