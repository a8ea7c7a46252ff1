/// What the arbiter decided about a ``HashRequest``.
public enum Verdict: Hashable, Sendable {
    /// It was done; `position` is that of the event's `created` record (publish, reuse) or of the record that was
    /// appended (change, delete).
    case done(Position)
    /// The same event was published before: nothing was appended. The position is that of its `created` record.
    case repeated(Position)
    /// Another event has the hash: nothing was appended.
    case duplicate(of: EventID, created: Position)
    /// The idempotency key was used before for a request that says something else. Nothing was appended.
    case keyReused(EventID)
    /// There is no such event any more.
    case notFound
    /// The job is somebody else's. Nothing was appended.
    case held(by: Holder?)
    /// The job is the asking holder's.
    case granted(GrantedJob)
    /// The job cannot be had. Nothing was appended, but that a job whose lease ended for the last time failed.
    case lost(Loss, job: EventID)
    /// The arbiter may remember no more hashes.
    case full
    /// The request makes no sense, for this reason. Nothing was appended.
    case invalid(String)

    /// Why a claim got no job.
    public enum Loss: String, Hashable, Sendable, CaseIterable {
        /// It is finished or was aborted.
        case over
        /// Somebody else has it.
        case taken
        /// It failed and is not to be done again yet.
        case resting
        /// It failed as often as it may.
        case exhausted
    }
}

/// A job and who has it.
public struct GrantedJob: Hashable, Sendable {
    public var event: EventID
    /// The last record that tells of it: `created`, or the change that handed it out again.
    public var position: Position
    public var status: EventStatus
    public var retries: Int
    /// Whether the claim made it.
    public var isNew: Bool

    public init(event: EventID, position: Position, status: EventStatus, retries: Int, isNew: Bool) {
        self.event = event
        self.position = position
        self.status = status
        self.retries = retries
        self.isNew = isNew
    }
}
