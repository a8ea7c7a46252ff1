import Daybook

/// The states of all hashes an arbiter knows, packed: 48 bytes a hash and four to sixteen in the table that finds it; a
/// job that is not over takes some 60 more.
struct HashStore: ~Copyable {
    /// What is kept of every hash.
    struct Entry: BitwiseCopyable {
        var digest: HashDigest
        var event: EventID
        /// The offset of the `created` record in the upper 48 bits, the number of its partition in the lower 16.
        var place: UInt64
        /// Seconds since 1970; 0 is never.
        var expires: UInt32
        var extra: Extra
    }

    /// What else there is of a hash, in two bits of kind and thirty of number.
    struct Extra: BitwiseCopyable {
        enum Kind: UInt32 { case none, job, over, body }

        var bits: UInt32 = 0

        init() {}

        init(_ kind: Kind, _ number: UInt32) { bits = kind.rawValue << 30 | number }

        var kind: Kind { Kind(rawValue: bits >> 30) ?? .none }
        var number: UInt32 { bits & 0x3FFF_FFFF }
    }

    /// A job that is not over.
    struct Job: BitwiseCopyable {
        var status: UInt8
        var retries: Int32
        /// Seconds; 0 is none.
        var lease: UInt32
        /// Numbers of names; 0 is none. The last one is who had it last.
        var holder: UInt32
        var former: InlineArray<4, UInt32>
        /// Microseconds; 0 is none.
        var leaseEnd: Int64
        var failed: Int64
    }

    static let freeMark = UInt64.max

    private var entries = PagedStore<Entry>()
    private var freeEntries: [UInt32] = []
    private var table = DigestTable()
    private var jobs = PagedStore<Job>()
    private var freeJobs: [UInt32] = []
    private var bodies = PagedStore<UInt64>()
    private var freeBodies: [UInt32] = []
    private var partitions: [StreamPartition] = []
    private var partitionNumbers: [StreamPartition: UInt16] = [:]
    private var holders = NameTable<Holder>()
    /// Where ``nextExpired(at:looking:)`` goes on.
    private var hand: UInt32 = 0

    init() {}

    /// Puts together what a snapshot holds.
    init(_ contents: HashSnapshotReader.Contents) {
        partitions = contents.meta.partitions
        for (number, partition) in partitions.enumerated() { partitionNumbers[partition] = UInt16(number) }
        holders = NameTable(values: contents.meta.holders)
        contents.entries.move(to: &entries)
        contents.jobs.move(to: &jobs)
        contents.bodies.move(to: &bodies)
        var usedJobs = [Bool](repeating: false, count: jobs.count)
        var usedBodies = [Bool](repeating: false, count: bodies.count)
        table.reserve(entries.count)
        let reader = entries.reader
        for number in 0..<UInt32(entries.count) {
            let entry = reader.pointer(number).pointee
            guard entry.place != Self.freeMark else {
                freeEntries.append(number)
                continue
            }
            table.insert(number, entry.digest) { reader.pointer($0).pointee.digest }
            switch entry.extra.kind {
            case .none: break
            case .body: usedBodies[Int(entry.extra.number)] = true
            case .over: holders.addUse(entry.extra.number >> 1)
            case .job:
                usedJobs[Int(entry.extra.number)] = true
                let job = jobs.pointer(entry.extra.number).pointee
                holders.addUse(job.holder)
                for at in 0..<4 { holders.addUse(job.former[at]) }
            }
        }
        freeJobs = usedJobs.indices.filter { !usedJobs[$0] }.map { UInt32($0) }
        freeBodies = usedBodies.indices.filter { !usedBodies[$0] }.map { UInt32($0) }
        holders.freeUnused()
    }

    /// What is remembered now, whatever changes later.
    func image() -> HashImage {
        HashImage(
            entries: entries.image(), jobs: jobs.image(), bodies: bodies.image(), partitions: partitions,
            holders: holders.all)
    }

    /// How many hashes there are.
    var count: Int { table.count }
    /// How many of them are jobs that are not over.
    var jobCount: Int { jobs.count - freeJobs.count }

    var memoryBytes: Int {
        entries.memoryBytes + table.memoryBytes + jobs.memoryBytes + bodies.memoryBytes + holders.memoryBytes
            + (freeEntries.capacity + freeJobs.capacity + freeBodies.capacity) * MemoryLayout<UInt32>.stride
    }

    // MARK: - Reading

    /// The state of a hash, whether it is expired or not.
    subscript(digest: HashDigest) -> HashState? {
        find(digest).map { state(entries.pointer($0).pointee) }
    }

    var all: [(digest: HashDigest, state: HashState)] {
        (0..<UInt32(entries.count)).compactMap { number in
            let entry = entries.pointer(number).pointee
            return entry.place == Self.freeMark ? nil : (entry.digest, state(entry))
        }
    }

    private func find(_ digest: HashDigest) -> UInt32? {
        let reader = entries.reader
        return table.find(digest) { reader.pointer($0).pointee.digest }
    }

    private func state(_ entry: Entry) -> HashState {
        let partition = partitions[Int(entry.place & 0xFFFF)]
        var state = HashState(
            event: entry.event, created: Position(partition, Int64(entry.place >> 16)),
            expires: entry.expires == 0 ? nil : Timestamp(seconds: entry.expires))
        switch entry.extra.kind {
        case .none: break
        case .body: state.bodyDigest = bodies.pointer(entry.extra.number).pointee
        case .over:
            var job = JobState(
                status: entry.extra.number & 1 == 0 ? .finished : .aborted, holder: holders[entry.extra.number >> 1])
            job.retries = 0
            state.job = job
        case .job: state.job = jobState(jobs.pointer(entry.extra.number).pointee)
        }
        return state
    }

    private func jobState(_ packed: Job) -> JobState {
        var job = JobState(
            status: EventStatus(number: packed.status), retries: Int(packed.retries), holder: holders[packed.holder])
        for at in 0..<4 {
            if let holder = holders[packed.former[at]] { job.former.append(holder) }
        }
        job.lease = packed.lease == 0 ? nil : .seconds(packed.lease)
        job.leaseEnd = packed.leaseEnd == 0 ? nil : Timestamp(microseconds: packed.leaseEnd)
        job.failed = packed.failed == 0 ? nil : Timestamp(microseconds: packed.failed)
        return job
    }

    /// A hash whose time is over, among the next few that are looked at; nil when none of them is.
    mutating func nextExpired(at time: Timestamp, looking: Int) -> HashDigest? {
        for _ in 0..<min(looking, entries.count) {
            hand = hand + 1 < entries.count ? hand + 1 : 0
            let entry = entries.pointer(hand).pointee
            if entry.place != Self.freeMark, entry.expires != 0, Timestamp(seconds: entry.expires) <= time {
                return entry.digest
            }
        }
        return nil
    }

    // MARK: - Writing

    /// Sets the state of a hash; nil forgets it. Of a job that is over only what became of it and its last holder is kept.
    ///
    /// - Throws: ``LogError/refused(_:)`` when there are more partitions than can be told apart.
    mutating func set(_ digest: HashDigest, to state: HashState?) throws(LogError) {
        let known = find(digest)
        guard let state else {
            if let known { remove(known) }
            return
        }
        let partition = try number(of: state.created.partition)
        // Used before the old one is released, so that names both have stay.
        let extra = use(state)
        let entry = Entry(
            digest: digest, event: state.event, place: UInt64(state.created.offset) << 16 | UInt64(partition),
            expires: state.expires.map { $0.wholeSeconds } ?? 0, extra: extra)
        if let known {
            release(entries.pointer(known).pointee.extra)
            entries.mutable(known).pointee = entry
            return
        }
        let number: UInt32
        if let free = freeEntries.popLast() {
            number = free
            entries.mutable(free).pointee = entry
        } else {
            number = entries.append(entry)
        }
        let reader = entries.reader
        table.insert(number, digest) { reader.pointer($0).pointee.digest }
    }

    private mutating func remove(_ number: UInt32) {
        let reader = entries.reader
        let entry = reader.pointer(number).pointee
        table.remove(number, entry.digest) { reader.pointer($0).pointee.digest }
        release(entry.extra)
        entries.mutable(number).pointee.place = Self.freeMark
        freeEntries.append(number)
    }

    /// Makes sure that states with a record in this partition can be kept.
    mutating func reserve(_ partition: StreamPartition) throws(LogError) {
        _ = try number(of: partition)
    }

    private mutating func number(of partition: StreamPartition) throws(LogError) -> UInt16 {
        if let number = partitionNumbers[partition] { return number }
        guard partitions.count < Int(UInt16.max) else {
            throw .refused("the arbiter cannot tell more than \(UInt16.max) partitions apart")
        }
        let number = UInt16(partitions.count)
        partitions.append(partition)
        partitionNumbers[partition] = number
        return number
    }

    private mutating func use(_ state: HashState) -> Extra {
        if let job = state.job {
            if job.isOver {
                return Extra(.over, holders.use(job.holder) << 1 | (job.status == .finished ? 0 : 1))
            }
            var former = InlineArray<4, UInt32>(repeating: 0)
            for (at, holder) in job.former.suffix(4).enumerated() { former[at] = holders.use(holder) }
            let packed = Job(
                status: job.status.number, retries: Int32(clamping: job.retries),
                lease: job.lease.map { UInt32(clamping: $0.components.seconds) } ?? 0, holder: holders.use(job.holder),
                former: former, leaseEnd: job.leaseEnd?.microseconds ?? 0, failed: job.failed?.microseconds ?? 0)
            if let free = freeJobs.popLast() {
                jobs.mutable(free).pointee = packed
                return Extra(.job, free)
            }
            return Extra(.job, jobs.append(packed))
        }
        if let body = state.bodyDigest {
            if let free = freeBodies.popLast() {
                bodies.mutable(free).pointee = body
                return Extra(.body, free)
            }
            return Extra(.body, bodies.append(body))
        }
        return Extra()
    }

    private mutating func release(_ extra: Extra) {
        switch extra.kind {
        case .none: break
        case .body: freeBodies.append(extra.number)
        case .over: holders.release(extra.number >> 1)
        case .job:
            let job = jobs.pointer(extra.number).pointee
            holders.release(job.holder)
            for at in 0..<4 { holders.release(job.former[at]) }
            freeJobs.append(extra.number)
        }
    }
}

extension Timestamp {
    fileprivate init(seconds: UInt32) {
        self.init(microseconds: Int64(seconds) * 1_000_000)
    }

    /// Seconds since 1970, rounded up.
    fileprivate var wholeSeconds: UInt32 {
        UInt32(clamping: (microseconds + 999_999) / 1_000_000)
    }
}
