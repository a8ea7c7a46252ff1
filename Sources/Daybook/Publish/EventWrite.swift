/// One write of a publisher.
public enum EventWrite: Sendable, Hashable {
    /// Creates an event.
    case create(Event)
    /// Pushes an event live and forgets it: it goes to the signals stream, not into history.
    case signal(Event)
    /// Changes an event. A change of the progress alone is a signal, too.
    case change(EventReference, EventChange)
    /// Deletes an event. Its history stays readable.
    case delete(EventReference)

    /// The event it is about.
    public var eventID: EventID {
        switch self {
        case .create(let event), .signal(let event): event.id
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
    /// The log time.
    public var time: Timestamp
    /// The event after the write, for further changes; nil after a deletion or a signal.
    public var reference: EventReference?

    public init(id: EventID, position: Position, time: Timestamp, reference: EventReference?) {
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
    /// Writes that concern an event with a hash are the arbiter's, which this version does not have. Nothing was
    /// stored.
    case hashedWritesUnsupported
    /// Another item of an atomic batch was refused or failed, so this one was not stored either.
    case batchAborted
    /// The log refused or failed; ``LogError/mayBeStored`` tells whether the write may be stored.
    case log(LogError)
    /// The topic's stream cannot be used.
    case layout(LayoutConflict)

    public var description: String {
        switch self {
        case .invalid(let invalid): invalid.description
        case .hashedWritesUnsupported: "events with a hash cannot be written yet: publish without hash"
        case .batchAborted: "not stored, because another item of the batch was refused"
        case .log(let error): error.description
        case .layout(let conflict): conflict.description
        }
    }
}
