/// What the arbiter remembers of a hash: the event that has it now.
public struct HashState: Hashable, Sendable {
    public var event: EventID
    /// Where the event's `created` record lies.
    public var created: Position
    /// When the hash is free again, by log time, in whole seconds; nil when only deletion or `reuse` frees it.
    public var expires: Timestamp?
    /// Of an event that was published under an idempotency key: what its request said.
    public var bodyDigest: UInt64?
    /// Of an event that was made by a claim.
    public var job: JobState?

    public init(
        event: EventID, created: Position, expires: Timestamp? = nil, bodyDigest: UInt64? = nil, job: JobState? = nil
    ) {
        self.event = event
        self.created = created
        self.expires = expires
        self.bodyDigest = bodyDigest
        self.job = job
    }

    public func isExpired(at time: Timestamp) -> Bool {
        expires.map { $0 <= time } ?? false
    }
}

/// What the arbiter remembers of a job.
public struct JobState: Hashable, Sendable {
    /// How many former holders are remembered.
    public static let maximumFormer = 4

    public var status: EventStatus
    public var retries: Int
    /// Who has it, or had it last; nil once it is to be done again.
    public var holder: Holder?
    /// Who had it before, the last one last. Of jobs that are over nobody is remembered.
    public var former: [Holder] = []
    /// How long a claim or a sign of life of the holder is good for, in whole seconds; nil for ever.
    public var lease: Duration?
    /// When the lease ends, by log time.
    public var leaseEnd: Timestamp?
    /// When it failed last, by log time.
    public var failed: Timestamp?

    public init(status: EventStatus = .pending, retries: Int = 0, holder: Holder?) {
        self.status = status
        self.retries = retries
        self.holder = holder
    }

    /// Nobody will do it again, unless it is restarted.
    public var isOver: Bool { status == .finished || status == .aborted }

    /// The holder becomes a former one.
    public mutating func release() {
        guard let last = holder else { return }
        former.removeAll { $0 == last }
        former.append(last)
        if former.count > Self.maximumFormer { former.removeFirst() }
        holder = nil
        leaseEnd = nil
    }

    /// Gives it to a holder, from now on.
    public mutating func give(to next: Holder, lease: Duration?, at time: Timestamp) {
        if holder != next { release() }
        former.removeAll { $0 == next }
        holder = next
        self.lease = lease
        renew(at: time)
    }

    /// The holder showed a sign of life.
    public mutating func renew(at time: Timestamp) {
        leaseEnd = lease.map { time.advanced(by: $0) }
    }
}
