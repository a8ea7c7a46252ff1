/// A write that concerns a hash, for the arbiter to decide.
public struct HashRequest: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        /// Create the event, unless another one has the hash.
        case publish(HashTerms)
        /// Take the hash for the event, which is created under another one; nothing is appended.
        case reserve(HashTerms)
        /// Create the event, in the place of the one that has the hash.
        case reuse(HashTerms)
        /// Change the event.
        case change
        /// Delete the event, which frees the hash.
        case delete
        /// Create the event as a job of the holder, or hand the job that has the hash out to it.
        case claim(ClaimTerms)
    }

    /// Of the hash.
    public var digest: HashDigest
    public var action: Action
    /// The event: a new one, or the one that is changed or deleted.
    public var event: EventID
    /// What is appended when it is accepted: `created`, `changed` or `deleted`.
    public var record: Record
    /// Where that goes.
    public var target: StreamPartition
    /// Who acts, if it says so: for a job that is what counts. A request without is an operator's.
    public var holder: Holder?
    /// The status that a change brings.
    public var status: EventStatus?
    /// How often the event was retried, as the asking server knows it.
    public var retries: Int
    /// Of a change or deletion: the event's hash is taken for a time only, so that the arbiter may have forgotten the
    /// event, which is changed all the same.
    public var mayBeForgotten = false

    public init(
        _ action: Action, hash: String, event: EventID, record: Record, target: StreamPartition, holder: Holder? = nil,
        status: EventStatus? = nil, retries: Int = 0
    ) {
        self.init(
            action, digest: HashDigest(hash), event: event, record: record, target: target, holder: holder,
            status: status, retries: retries)
    }

    public init(
        _ action: Action, digest: HashDigest, event: EventID, record: Record, target: StreamPartition,
        holder: Holder? = nil, status: EventStatus? = nil, retries: Int = 0
    ) {
        self.digest = digest
        self.action = action
        self.event = event
        self.record = record
        self.target = target
        self.holder = holder
        self.status = status
        self.retries = retries
    }
}

/// What a publish asks for besides the event.
public struct HashTerms: Hashable, Sendable {
    /// How long the hash stays taken, by log time from this request on, in whole seconds; nil for ever. What later
    /// requests say changes nothing.
    public var window: Duration?
    /// Of a request with an idempotency key: stands for what it says. One with the key that says something else is
    /// refused.
    public var bodyDigest: UInt64?

    public init(window: Duration? = nil, bodyDigest: UInt64? = nil) {
        self.window = window
        self.bodyDigest = bodyDigest
    }
}

/// How a job is claimed.
public struct ClaimTerms: Hashable, Sendable {
    /// How often a failed job is done again: it runs `1 + maximumRetries` times in all.
    public var maximumRetries: Int
    /// See ``JobState/lease``.
    public var lease: Duration?
    /// How long a failed job rests before its first retry; twice as long before each further one.
    public var retryDelay: Duration

    public init(maximumRetries: Int = 3, lease: Duration? = nil, retryDelay: Duration = .zero) {
        self.maximumRetries = maximumRetries
        self.lease = lease
        self.retryDelay = retryDelay
    }
}
