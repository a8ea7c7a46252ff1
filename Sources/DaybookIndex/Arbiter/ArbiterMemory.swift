import Daybook

/// What an arbiter remembers: the states of hashes, and up to where the dedup stream tells of them.
struct ArbiterMemory: ~Copyable {
    var decider: Decider
    /// By partition of the dedup stream.
    private var marks: [Int32: DedupMark] = [:]
    /// How many states were read from the log to make it.
    private(set) var replayed = 0
    /// What the log holds is not what is remembered: it has to be restored before the next decision.
    private(set) var isStale = false
    /// How many states were committed since the last image.
    private var changes = 0
    private var isImageWanted = false
    private var image: HashSnapshot.Image?

    init(maximumHashes: Int) {
        decider = Decider(maximumHashes: maximumHashes)
    }

    /// Takes over what a snapshot holds.
    init(maximumHashes: Int, _ contents: HashSnapshotReader.Contents) {
        decider = Decider(maximumHashes: maximumHashes, HashStore(contents))
        marks = contents.meta.marks
    }

    var statistics: ArbiterStatistics {
        ArbiterStatistics(
            hashes: decider.count, jobs: decider.jobCount, memoryBytes: decider.memoryBytes, replayed: replayed)
    }

    /// Where the dedup stream has to be read on, if it is known up to somewhere.
    func next(in partition: Int32) -> Int64? { marks[partition]?.next }

    /// Takes over a state as the log has it.
    ///
    /// - Throws: ``LogError``: what cannot be read must not be forgotten, or its hash would be given twice.
    mutating func replay(_ stored: StoredRecord, in partition: StreamPartition) throws(LogError) {
        let (digest, state) = try DedupStream.state(stored, in: partition)
        try decider.restore(digest, state)
        note(stored.offset, stored.record, in: partition.partition)
        replayed += 1
        changes += 1
    }

    /// There is nothing more in the partition before this offset.
    mutating func pass(to next: Int64, in partition: Int32) {
        marks[partition, default: DedupMark(next: next)].pass(to: next)
    }

    private mutating func note(_ offset: Int64, _ record: Record, in partition: Int32) {
        marks[partition, default: DedupMark(next: offset)].note(offset, record)
    }

    /// Keeps what was decided.
    ///
    /// - Parameters:
    ///   - states: the records of the dedup stream that were committed with it.
    ///   - appended: where they lie.
    mutating func commit(_ states: some Collection<NewRecord>, _ appended: some Collection<Appended>) {
        decider.commit()
        for (state, at) in zip(states, appended) {
            note(at.position.offset, state.record, in: at.position.partition.partition)
        }
        changes += states.count
        if isImageWanted { image = makeImage() }
    }

    /// Forgets what was decided since the last commit.
    ///
    /// - Parameter mayBeStored: nobody knows whether it was stored.
    mutating func rollBack(mayBeStored: Bool) {
        decider.rollBack()
        if mayBeStored { isStale = true }
    }

    // MARK: - Snapshots

    /// What is remembered now, for a snapshot.
    ///
    /// - Parameter evenIfUnchanged: also when nothing was committed since the last image.
    /// - Returns: nil when there is nothing new, or while a batch is being decided; the next call then gets what that leaves.
    mutating func takeImage(evenIfUnchanged: Bool) -> HashSnapshot.Image? {
        if isStale { return nil }
        if let image = image.take() { return image }
        guard changes > 0 || evenIfUnchanged else { return nil }
        guard decider.isAtRest else {
            isImageWanted = true
            return nil
        }
        return makeImage()
    }

    /// The last image was not saved.
    mutating func loseImage() {
        changes += 1
    }

    private mutating func makeImage() -> HashSnapshot.Image {
        isImageWanted = false
        changes = 0
        return HashSnapshot.Image(hashes: decider.image(), marks: marks)
    }
}

/// A memory on its way to the arbiter that takes it.
final class RestoredMemory: @unchecked Sendable {
    private var memory: ArbiterMemory?

    init(_ memory: consuming ArbiterMemory) {
        self.memory = consume memory
    }

    /// The memory, once.
    func take() -> ArbiterMemory? { memory.take() }
}
