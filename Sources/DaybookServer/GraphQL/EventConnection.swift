import Daybook
import DaybookIndex
import GraphQL
import HTTPTypes

/// A page of events.
struct EventConnection: Sendable {
    struct PageInfo: Sendable {
        var hasNextPage = false
        var hasPreviousPage = false
        var start: QueryCursor?
        var end: QueryCursor?
    }

    /// How many payloads are fetched at a time.
    private static let payloads = 32

    var nodes: [EventNode] = []
    var info = PageInfo()

    /// Finds what is asked for, and fetches payloads only when they are selected. A page whose payloads are too large for
    /// one answer ends early, and says that there is a next one.
    ///
    /// - Throws: ``Problem``.
    static func find(_ arguments: EventsArguments, _ call: GraphQLCall<QueryContext>) async throws -> EventConnection {
        if arguments.findsNothing { return EventConnection() }
        let reader = call.context.reader
        var query = arguments.query
        var events: [IndexedEvent] = []
        var hasMore: Bool
        repeat {
            query.limit = min(max(arguments.count - events.count, 1), EventQuery.limits.upperBound)
            let page = try await reader.query(query)
            if arguments.count > 0 { events += page.events }
            hasMore = arguments.count > 0 ? page.nextCursor != nil : !page.isEmpty
            query.cursor = page.nextCursor
        } while hasMore && events.count < arguments.count
        var connection = EventConnection()
        if call.selects("edges", "node", "payload") {
            connection.nodes = try await withPayloads(events, call.context)
            hasMore = hasMore || connection.nodes.count < events.count
        } else {
            connection.nodes = events.map { EventNode($0) }
        }
        connection.info.start = connection.nodes.first?.event.place
        connection.info.end = connection.nodes.last?.event.place
        let isAscending = query.order == .ascending
        connection.info.hasNextPage = isAscending && hasMore
        connection.info.hasPreviousPage = !isAscending && hasMore
        // What lies on the side the page came from is looked up only when somebody wants to know.
        if call.selects("pageInfo", isAscending ? "hasPreviousPage" : "hasNextPage"), let start = connection.info.start
        {
            let isAny = try await reader.hasAny(arguments.query, beyond: start)
            if isAscending { connection.info.hasPreviousPage = isAny } else { connection.info.hasNextPage = isAny }
        }
        return connection
    }

    /// As many of the events as there is room for.
    private static func withPayloads(_ events: [IndexedEvent], _ context: QueryContext) async throws -> [EventNode] {
        guard events.isEmpty || !context.payloads.isSpent else {
            throw Problem(
                .contentTooLarge, "the payloads are too large for one answer: ask for them in several requests")
        }
        var nodes: [EventNode] = []
        for start in stride(from: 0, to: events.count, by: payloads) {
            let chunk = events[start..<min(start + payloads, events.count)]
            let fetched = try await context.reader.payloads(at: chunk.map { $0.payload?.position })
            for (event, payload) in zip(chunk, fetched) {
                if context.payloads.isSpent { return nodes }
                context.payloads.take(payload?.bytes.count ?? 0)
                nodes.append(EventNode(event, payload: payload))
            }
        }
        return nodes
    }
}

extension EventReader {
    /// Whether a query finds anything in the other direction from a place.
    fileprivate func hasAny(_ query: EventQuery, beyond place: QueryCursor) async throws -> Bool {
        var query = query
        query.limit = 1
        query.cursor = nil
        if query.order == .ascending {
            query.order = .descending
            query.before = place
            query.after = nil
        } else {
            query.order = .ascending
            query.after = place
            query.before = nil
        }
        return try await !self.query(query).isEmpty
    }
}
