/// Where the work behind an event stands. Any status may follow any other.
public enum EventStatus: String, Sendable, Hashable, CaseIterable {
    case pending
    case inProgress = "in_progress"
    case finished
    case failed
    case aborted
    case restarted
}

/// How much an event matters.
public enum Severity: String, Sendable, Hashable, CaseIterable {
    case informational
    case warning
    case error
}

/// Whether the payload is free (standard) or has exactly the fields its topic declares (dataset).
public enum EventKind: String, Sendable, Hashable, CaseIterable {
    case standard
    case dataset
}

/// What happened to the entity an event tells of.
public enum EntityOperation: String, Sendable, Hashable, CaseIterable {
    case creation
    case update
    case deletion
    case submission
}

/// What a record does to its event.
public enum RecordOperation: String, Sendable, Hashable, CaseIterable {
    case created
    case changed
    case deleted
}
