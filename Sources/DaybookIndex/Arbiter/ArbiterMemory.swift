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
    /// Until when it was told of everything: a memory may be of a process that slept while others decided.
    private var asOf: Timestamp
    /// How many states were committed since the last image.
    private var changes = 0
    /// Who waits for the end of the batch that is being decided.
    private var waiting: [CheckedContinuation<HashSnapshot.Image?, Never>] = []

    /// - Parameter asOf: when it was not yet looked where the log ends.
    init(maximumHashes: Int, asOf: Timestamp) {
        decider = Decider(maximumHashes: maximumHashes)
        self.asOf = asOf
    }

    /// Takes over what a snapshot holds.
    init(maximumHashes: Int, asOf: Timestamp, _ contents: HashSnapshotReader.Contents) {
        decider = Decider(maximumHashes: maximumHashes, HashStore(contents))
        marks = contents.meta.marks
        self.asOf = asOf
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
            asOf = max(asOf, at.time)
        }
        changes += states.count
        answer()
    }

    /// Forgets what was decided since the last commit.
    ///
    /// - Parameter mayBeStored: nobody knows whether it was stored.
    mutating func rollBack(mayBeStored: Bool) {
        decider.rollBack()
        if mayBeStored { isStale = true }
        answer()
    }

    // MARK: - Snapshots

    /// Gives what is remembered, for a snapshot: now, or when the batch that is being decided is through. Nil when nothing
    /// has changed since the last image, and when what is remembered is not what the log holds.
    mutating func giveImage(to asking: CheckedContinuation<HashSnapshot.Image?, Never>) {
        waiting.append(asking)
        if decider.isAtRest { answer() }
    }

    /// How many wait for an image. For tests.
    var waitingCount: Int { waiting.count }

    /// The last image was not saved.
    mutating func loseImage() {
        changes += 1
    }

    /// Nobody else can have decided anything by now, so that an image is good although nothing changed.
    mutating func renew(at now: Timestamp) {
        asOf = now
        changes += 1
    }

    private mutating func answer() {
        for asking in waiting {
            guard !isStale, changes > 0 else {
                asking.resume(returning: nil)
                continue
            }
            changes = 0
            asking.resume(returning: HashSnapshot.Image(hashes: decider.image(), marks: marks, asOf: asOf))
        }
        waiting = []
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
