public import Daybook

/// Which events to find: those that meet all conditions given. A condition with several values is met by any of them.
public struct EventQuery: Hashable, Sendable {
    public enum Order: String, Hashable, Sendable, CaseIterable {
        /// Oldest first.
        case ascending
        /// Newest first.
        case descending
    }

    public static let limits = 1...1000

    public var topics: [TopicPattern] = []
    public var statuses: Set<EventStatus> = []
    public var projects: [String] = []
    public var users: [String] = []
    public var senders: [String] = []
    public var dependsOn: [EventID] = []
    public var hashes: [String] = []
    public var ids: [EventID] = []
    /// Leaves out events of these topics.
    public var excludedTopics: [TopicPattern] = []
    /// Whether some event of the index depends on it.
    public var hasChildren: Bool?
    /// What else must hold. Conditions on the payload, which the index does not have, are never met.
    public var filter: Filter?
    /// Happened after this, strictly (`createdAt`).
    public var newerThan: Timestamp?
    /// Happened before this, strictly (`createdAt`).
    public var olderThan: Timestamp?
    /// Words, each of which must be part of topic, project, user or description, whatever its case.
    public var text: String?
    /// By `createdAt`, and where that is equal by the global order of the `created` records.
    public var order: Order = .descending
    /// How many events a page has at most; held within ``limits``.
    public var limit = 100
    /// Where a former page ended. It is good for the same conditions in the same order; other conditions may be used, and then
    /// what lies behind the place is answered.
    public var cursor: QueryCursor?
    /// Only what comes behind this place in time, and before that one, whatever the order of their cursors.
    public var after: QueryCursor?
    public var before: QueryCursor?

    public init() {}
}

/// Why a query cannot be answered.
public enum QueryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The cursor is not one that a page gave.
    case badCursor
    /// The cursor is of a page in the other order.
    case cursorOfOtherOrder
    /// The text has more than 32 different words.
    case tooManyWords

    public var description: String {
        switch self {
        case .badCursor: "the cursor is not one that a page of events gave: use nextCursor as it is"
        case .cursorOfOtherOrder: "the cursor is of a page in the other order: ask with the same order, or without it"
        case .tooManyWords: "a text may have 32 different words at most"
        }
    }
}
