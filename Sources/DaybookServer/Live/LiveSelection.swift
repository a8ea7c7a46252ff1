import Daybook

/// What a subscriber wants to be told of. Subscribers with equal selections are asked once for all of them.
enum LiveSelection: Hashable, Sendable {
    case topics(TopicSelection)
    case records(RecordSelection)

    func includes(_ message: LiveMessage) -> Bool {
        guard let record = message.record else { return false }
        if let reading {
            guard (try? reading.matches(message.stored)) == true else { return false }
        }
        if let recipients = record.event.recipients {
            guard let user, recipients.contains(user) else { return false }
        }
        switch self {
        case .topics(let selection): return selection.includes(record.event)
        case .records(let selection): return selection.includes(message, record)
        }
    }

    private var reading: Filter? {
        switch self {
        case .topics(let selection): selection.reading
        case .records(let selection): selection.reading
        }
    }

    private var user: String? {
        switch self {
        case .topics(let selection): selection.user
        case .records(let selection): selection.user
        }
    }
}

/// AYON's subscription: prefixes of topics, and a project.
struct TopicSelection: Hashable, Sendable {
    /// What everybody is told of.
    private static let common: Set<String> = ["server.started", "server.restart_requested"]

    /// Beginnings of topics; `*` alone stands for all of them, and is nothing special elsewhere.
    var prefixes: [String]
    /// Only events of this project, and those without any; nil for all.
    var project: String?
    var user: String?
    /// What the subscriber may read; nil is everything.
    var reading: Filter?

    func includes(_ event: Event) -> Bool {
        if let project, let other = event.project, other != project, event.topic != "inbox.message" { return false }
        return Self.common.contains(event.topic) || prefixes.contains { $0 == "*" || event.topic.hasPrefix($0) }
    }
}

/// What `/api/stream` asks for.
struct RecordSelection: Hashable, Sendable {
    /// One of them has to match; all do when it is empty.
    var topics: [TopicPattern]
    var filter: Filter?
    var operations: Set<RecordOperation>
    var signals: Bool
    var user: String?
    /// What the subscriber may read; nil is everything.
    var reading: Filter?

    func includes(_ message: LiveMessage, _ record: EventRecord) -> Bool {
        guard operations.contains(record.operation), signals || !message.isSignal else { return false }
        guard topics.isEmpty || topics.contains(where: { $0.matches(record.event.topic) }) else { return false }
        return filter.map { (try? $0.matches(message.stored)) ?? false } ?? true
    }
}
