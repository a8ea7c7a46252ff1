import Daybook
import DaybookIndex
import GraphQL
import LosslessJSON

/// What `events` is asked for: AYON's arguments, with AYON's meaning where it has one, and Daybook's own.
struct EventsArguments {
    /// Without its limit.
    var query = EventQuery()
    /// How many events.
    var count = EventsArguments.defaultCount
    /// An empty list was given, or statuses that there are not.
    private(set) var findsNothing = false

    static let defaultCount = 100
    static let maximumCount = 10_000

    /// AYON's client shows log lines only on request.
    private static let logs = [TopicPattern("log.*")].compactMap(\.self)

    /// The least letters of a word that AYON's text filter looks at.
    private static let minimumWord = 3

    static let declared: [GraphQLInput] = [
        GraphQLInput("ids", "[String!]", description: "Event ids, with dashes or without."),
        GraphQLInput("topics", "[String!]", description: "Topics; * stands for any run of characters."),
        GraphQLInput("projects", "[String!]"),
        GraphQLInput("users", "[String!]"),
        GraphQLInput("statuses", "[String!]", description: "An empty list is as good as none."),
        GraphQLInput("states", "[String!]", deprecated: "Now called statuses."),
        GraphQLInput(
            "hasChildren", "Boolean", description: "true: some event depends on it; false: no event does."),
        GraphQLInput("newerThan", "String", description: "ISO 8601; createdAt lies strictly after it."),
        GraphQLInput("olderThan", "String", description: "ISO 8601; createdAt lies strictly before it."),
        GraphQLInput(
            "filter", "String",
            description:
                "Words, each part of topic, project, user or description, whatever its case. Those under 3 letters"
                + " are passed over."),
        GraphQLInput(
            "includeLogs", "Boolean!", default: "false",
            description: "Whether topics under log. are shown although no topics are asked for."),
        GraphQLInput(
            "first", "Int", description: "The oldest so many, oldest first. 100 unless first or last is given."),
        GraphQLInput("after", "String", description: "A cursor: only what comes behind it."),
        GraphQLInput("last", "Int", description: "The newest so many, newest first."),
        GraphQLInput("before", "String", description: "A cursor: only what comes before it."),
        // Daybook's own.
        GraphQLInput("hashes", "[String!]"),
        GraphQLInput("senders", "[String!]"),
        GraphQLInput("senderTypes", "[String!]"),
        GraphQLInput("dependsOn", "[String!]", description: "Ids of the events it depends on."),
        GraphQLInput("progressFrom", "Float", description: "The least progress, 0 to 100."),
        GraphQLInput("progressTo", "Float", description: "The greatest progress, 0 to 100."),
        GraphQLInput(
            "summary", "[SummaryCondition!]", description: "Conditions on the summary's members; all hold together."),
    ]

    /// - Throws: ``GraphQLError`` with status 400 that names the argument.
    init(_ arguments: GraphQLArguments) throws {
        func texts(_ name: String) -> [String]? { arguments(name) }
        if let ids = texts("ids") { query.ids = try ids.map { try Self.id($0, "ids") } }
        if let parents = texts("dependsOn") { query.dependsOn = try parents.map { try Self.id($0, "dependsOn") } }
        if let topics = texts("topics") {
            query.topics = try topics.map { text in
                guard let pattern = TopicPattern(text) else {
                    throw Self.refusal(
                        "topics", "'\(text)' is no topic pattern: 1 to 256 letters, digits, '_', '-', '.' and '*'")
                }
                return pattern
            }
        } else if arguments("includeLogs") != true {
            query.excludedTopics = Self.logs
        }
        query.projects = texts("projects") ?? []
        query.users = texts("users") ?? []
        query.hashes = texts("hashes") ?? []
        query.senders = texts("senders") ?? []
        query.hasChildren = arguments("hasChildren")
        query.newerThan = try Self.time("newerThan", arguments)
        query.olderThan = try Self.time("olderThan", arguments)
        let words: String = arguments("filter") ?? ""
        let long = words.split(whereSeparator: \.isWhitespace).filter { $0.count >= Self.minimumWord }.map(String.init)
        if !long.isEmpty { query.text = long.joined(separator: " ") }
        query.filter = try Self.filter(arguments)
        try takePaging(arguments)

        // An empty list finds nothing, while a query without values has no condition.
        findsNothing = ["ids", "topics", "projects", "users", "hashes", "senders", "dependsOn"].contains {
            texts($0)?.isEmpty == true
        }
        if let statuses = texts("statuses") ?? texts("states"), !statuses.isEmpty {
            query.statuses = Set(statuses.compactMap { EventStatus(rawValue: $0) })
            findsNothing = findsNothing || query.statuses.isEmpty
        }
    }

    private mutating func takePaging(_ arguments: GraphQLArguments) throws {
        let first: Int? = arguments("first")
        let last: Int? = arguments("last")
        // Both together: the order of last, the count of first, as AYON has it.
        query.order = last == nil ? .ascending : .descending
        count = first ?? last ?? Self.defaultCount
        guard (0...Self.maximumCount).contains(count) else {
            throw Self.refusal(first == nil ? "last" : "first", "must be 0 to \(Self.maximumCount), not \(count)")
        }
        query.after = try Self.cursor("after", arguments)
        query.before = try Self.cursor("before", arguments)
    }

    /// How many events an answer will have, for its cost; before the arguments are checked.
    static func expectedCount(_ arguments: GraphQLArguments) -> Int {
        arguments("first") ?? arguments("last") ?? defaultCount
    }

    // MARK: - Parts

    private static func filter(_ arguments: GraphQLArguments) throws -> Filter? {
        var filters: [Filter] = []
        if let types: [String] = arguments("senderTypes") {
            filters.append(Filter(try FilterCondition(.field(.senderType), .in, types.map { .text($0) })))
        }
        for (name, comparison) in [("progressFrom", FilterOperator.gte), ("progressTo", .lte)] {
            guard let number: Double = arguments(name), let decimal = DecimalNumber(number) else { continue }
            filters.append(Filter(try FilterCondition(.field(.progress), comparison, [.number(decimal)])))
        }
        if let conditions: [JSONValue] = arguments("summary") {
            for condition in conditions { filters += try summary(condition).map { [$0] } ?? [] }
        }
        return filters.isEmpty ? nil : Filter(.and, filters)
    }

    /// Has the same meaning as in AYON's filters, and is read as one.
    private static func summary(_ condition: JSONValue) throws -> Filter? {
        var members: [JSONValue.Member] = []
        if case .string(let path) = condition["path"] { members.append(.init("key", .string("summary/" + path))) }
        if let comparison = condition["operator"] { members.append(.init("operator", comparison)) }
        if let value = condition["value"] { members.append(.init("value", value)) }
        do throws(InvalidFilter) {
            return try AyonFilter.read(
                JSONText(.object([.init("conditions", .array([.object(members)]))])))
        } catch {
            throw refusal("summary", error.message)
        }
    }

    private static func id(_ text: String, _ name: String) throws -> EventID {
        if let id = EventID(anySpelling: text) { return id }
        throw refusal(name, "'\(text)' is no event id: 32 hex digits, with dashes or without")
    }

    private static func time(_ name: String, _ arguments: GraphQLArguments) throws -> Timestamp? {
        guard let text: String = arguments(name) else { return nil }
        if let time = Timestamp(text) { return time }
        throw refusal(name, "'\(text)' is no ISO 8601 time such as 2026-11-21T03:00:44Z")
    }

    private static func cursor(_ name: String, _ arguments: GraphQLArguments) throws -> QueryCursor? {
        guard let text: String = arguments(name) else { return nil }
        do throws(QueryError) {
            return try QueryCursor(text)
        } catch {
            throw refusal(name, "'\(text)' is no cursor that an edge or pageInfo gave")
        }
    }

    private static func refusal(_ name: String, _ message: String) -> GraphQLError {
        GraphQLError("\(name): \(message)", extensions: [.init("status", .number("400"))])
    }
}
