/// One write of a publisher.
public enum EventWrite: Sendable, Hashable {
    /// Creates an event; one with a hash unless another event has the hash.
    case create(Event)
    /// Creates an event once for the key, whose id it must have.
    case createOnce(Event, IdempotencyKey)
    /// Creates an event with a hash in the place of the one that has it, which is deleted.
    case reuse(Event)
    /// Pushes an event live and forgets it: it goes to the signals stream, not into history.
    case signal(Event)
    /// Changes an event. A change of the progress alone is a signal, too.
    case change(EventReference, EventChange)
    /// Deletes an event. Its history stays readable.
    case delete(EventReference)

    /// The event it is about.
    public var eventID: EventID {
        switch self {
        case .create(let event), .createOnce(let event, _), .reuse(let event), .signal(let event): event.id
        case .change(let reference, _), .delete(let reference): reference.event.id
        }
    }
}

/// An event as a writer knows it: what a change or deletion of it needs.
///
/// Changes go to the partition of the `created` record and repeat the event's attributes, so both must be known. The
/// index and ``Publisher`` give references out.
public struct EventReference: Sendable, Hashable {
    /// The event's attributes; the payload is not needed.
    public var event: Event
    /// Where its `created` record lies.
    public var created: Position
    /// The last record of it that the writer knows.
    public var last: Position

    public init(event: Event, created: Position, last: Position) {
        self.event = event
        self.created = created
        self.last = last
    }
}

/// An acknowledged write.
public struct Published: Sendable, Hashable {
    public var id: EventID
    public var position: Position
    /// The log time; nil where the arbiter decided.
    public var time: Timestamp?
    /// The event after the write, for further changes; nil after a deletion or a signal.
    public var reference: EventReference?
    /// What the topic catalogue finds wrong with the summary, where its entry only warns.
    public var warnings: [FieldProblem] = []

    public init(id: EventID, position: Position, time: Timestamp?, reference: EventReference?) {
        self.id = id
        self.position = position
        self.time = time
        self.reference = reference
    }
}

/// Why a write was refused or failed.
public enum PublishError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The event or change breaks a rule. Nothing was stored.
    case invalid(InvalidEvent)
    /// Writes that concern an event with a hash are the arbiter's, and there is none. Nothing was stored.
    case noArbiter
    /// Another event has the hash. Nothing was stored.
    case duplicate(of: EventID, created: Position)
    /// An event that the writer is not told of has the hash. Nothing was stored.
    case hashTaken
    /// The idempotency key was used for another request, which made this event. Nothing was stored.
    case keyReused(EventID)
    /// There is no such event any more. Nothing was stored.
    case notFound
    /// The event is a job that somebody else has. Nothing was stored.
    case held(by: Holder?)
    /// No more hashes can be remembered. Nothing was stored.
    case hashesFull
    /// Another item of an atomic batch was refused or failed, so this one was not stored either.
    case batchAborted
    /// The log refused or failed; ``LogError/mayBeStored`` tells whether the write may be stored.
    case log(LogError)
    /// The topic's stream cannot be used.
    case layout(LayoutConflict)

    public var description: String {
        switch self {
        case .invalid(let invalid): invalid.description
        case .noArbiter: "there is no arbiter here, which events with a hash need: publish without hash"
        case .duplicate(let id, _): "event \(id) has this hash already"
        case .hashTaken: "another event has this hash already"
        case .keyReused(let id):
            "the idempotency key was used before, for event \(id) and with another body: use a new key for a new request"
        case .notFound: "there is no such event any more"
        case .held(let holder): "the job is \(holder.map { "\($0)'s" } ?? "nobody's now"): what you report is late"
        case .hashesFull:
            "the arbiter remembers as many hashes as it may (--maximum-hashes): delete events, or publish without hash"
        case .batchAborted: "not stored, because another item of the batch was refused"
        case .log(let error): error.description
        case .layout(let conflict): conflict.description
        }
    }
}
