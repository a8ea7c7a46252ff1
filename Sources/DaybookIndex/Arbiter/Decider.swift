public import Daybook

/// The arbiter's rules: what becomes of a request is a function of the requests decided before it and of its log time,
/// of nothing else.
///
/// Requests are decided in batches: ``decide(_:at:)`` each, append ``appends``, then ``settle(_:)`` with where they lie,
/// and once all of it is durable ``commit()``; or ``rollBack()``, and nothing has happened.
public struct Decider: ~Copyable {
    /// What became of a batch.
    public struct Settled {
        /// In the order of the requests.
        public var verdicts: [Verdict]
        /// The hashes whose state changed, with what it is now; nil is none.
        public var states: [(digest: HashDigest, state: HashState?)]
    }

    /// How many hashes are looked at in each batch for some whose time is over.
    private static let swept = 64
    /// The partition of a record that is appended with the batch; its offset is a number in ``appends``.
    private static let pending = StreamPartition("", -1)

    private let maximumHashes: Int
    private var store = HashStore()
    /// What is to be appended, in order.
    public private(set) var appends: [NewRecord] = []
    private var verdicts: [Verdict] = []
    /// The hashes of the batch, each once, with what their state was before it.
    private var before: [(digest: HashDigest, state: HashState?)] = []
    private var touched: Set<HashDigest> = []

    /// - Parameter maximumHashes: how many hashes are remembered; what needs more is refused.
    public init(maximumHashes: Int = .max) {
        self.maximumHashes = maximumHashes
    }

    /// How many hashes are remembered.
    public var count: Int { store.count }
    /// How many of them are jobs that are not over.
    public var jobCount: Int { store.jobCount }
    public var memoryBytes: Int { store.memoryBytes }

    /// Takes over what is remembered.
    init(maximumHashes: Int, _ store: consuming HashStore) {
        self.maximumHashes = maximumHashes
        self.store = store
    }

    /// Whether nothing was decided since the last commit.
    var isAtRest: Bool { verdicts.isEmpty && before.isEmpty }

    /// The states of all hashes, in no order.
    public var states: [(digest: HashDigest, state: HashState)] { store.all }

    /// What is remembered now. Only while it is at rest.
    func image() -> HashImage { store.image() }

    /// The state of a hash.
    public func state(of digest: HashDigest) -> HashState? { store[digest] }

    /// Takes a state over as it was decided before.
    ///
    /// - Throws: ``LogError/refused(_:)`` when it cannot be kept.
    public mutating func restore(_ digest: HashDigest, _ state: HashState?) throws(LogError) {
        try store.set(digest, to: state)
    }

    // MARK: - Batches

    /// - Parameter time: the log time of the request; never earlier than that of the one before.
    public mutating func decide(_ request: HashRequest, at time: Timestamp) {
        do {
            // What cannot be kept is found out before anything is appended.
            try store.reserve(request.target)
            verdicts.append(try verdict(on: request, at: time))
        } catch {
            verdicts.append(.invalid(error.description))
        }
    }

    private mutating func verdict(on request: HashRequest, at time: Timestamp) throws(LogError) -> Verdict {
        let digest = request.digest
        var state = store[digest]
        if state?.isExpired(at: time) == true { state = nil }
        switch request.action {
        case .publish(let terms): return try publish(request, digest, state, terms, at: time)
        case .reserve(let terms): return try reserve(request, digest, state, terms, at: time)
        case .reuse(let terms): return try reuse(request, digest, state, terms, at: time)
        case .change: return try change(request, digest, state, at: time)
        case .delete: return try delete(request, digest, state)
        case .claim(let terms): return try claim(request, digest, state, terms, at: time)
        }
    }

    /// Forgets hashes whose time is over, a few at a time.
    public mutating func sweep(at time: Timestamp) throws(LogError) {
        while let digest = store.nextExpired(at: time, looking: Self.swept) { try set(digest, nil) }
    }

    /// - Parameter appended: where ``appends`` lie, in order.
    /// - Throws: ``LogError/refused(_:)`` when a state cannot be kept; the batch must be rolled back.
    public mutating func settle(_ appended: [Appended]) throws(LogError) -> Settled {
        var states: [(digest: HashDigest, state: HashState?)] = []
        states.reserveCapacity(before.count)
        for (digest, _) in before {
            var state = store[digest]
            if let position = state?.created, position.partition == Self.pending {
                state?.created = Self.resolved(position, appended)
                try store.set(digest, to: state)
            }
            states.append((digest, state))
        }
        return Settled(verdicts: verdicts.map { $0.mapPosition { Self.resolved($0, appended) } }, states: states)
    }

    /// Keeps what was decided.
    public mutating func commit() {
        clear()
    }

    /// Forgets what was decided since the last commit.
    public mutating func rollBack() {
        for (digest, state) in before.reversed() {
            // It was kept before, so it can be kept again.
            try? store.set(digest, to: state)
        }
        clear()
    }

    private mutating func clear() {
        appends.removeAll(keepingCapacity: true)
        verdicts.removeAll(keepingCapacity: true)
        before.removeAll(keepingCapacity: true)
        touched.removeAll(keepingCapacity: true)
    }

    private static func resolved(_ position: Position, _ appended: [Appended]) -> Position {
        position.partition == pending ? appended[Int(position.offset)].position : position
    }

    mutating func set(_ digest: HashDigest, _ state: HashState?) throws(LogError) {
        if touched.insert(digest).inserted { before.append((digest, store[digest])) }
        try store.set(digest, to: state)
    }

    /// Appends a record with the batch.
    ///
    /// - Returns: stands for its position until the batch is settled.
    mutating func append(_ record: Record, to partition: StreamPartition) -> Position {
        appends.append(NewRecord(partition, record))
        return Position(Self.pending, Int64(appends.count - 1))
    }

    /// The partition of an event's records.
    func home(_ state: HashState) -> StreamPartition {
        state.created.partition == Self.pending ? appends[Int(state.created.offset)].partition : state.created.partition
    }

    func isFull(for digest: HashDigest) -> Bool {
        store.count >= maximumHashes && store[digest] == nil
    }
}

extension Verdict {
    fileprivate func mapPosition(_ body: (Position) -> Position) -> Verdict {
        switch self {
        case .done(let position): return .done(body(position))
        case .repeated(let position): return .repeated(body(position))
        case .duplicate(let event, let created): return .duplicate(of: event, created: body(created))
        case .granted(var job):
            job.position = body(job.position)
            return .granted(job)
        case .keyReused, .notFound, .held, .lost, .full, .invalid: return self
        }
    }
}
