import Daybook
import DaybookIndex
import Hummingbird
import LosslessJSON

/// `GET /api/events`: events that meet conditions, page by page.
struct EventListRoute {
    let parts: ServerParts

    /// How many events a page with payloads has: payloads are large, and the answer is made in memory.
    private static let maximumWithPayloads = 32

    private static let parameters = [
        "topic", "status", "project", "user", "sender", "dependsOn", "hash", "id", "newerThan", "olderThan", "text",
        "order",
        "limit", "cursor", "fields",
    ]

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try QueryParameters(request.uri.query, known: Self.parameters)
        let fields = try query.fields() ?? .list
        var events = try Self.events(query)
        if fields.contains(.payload) { events.limit = min(events.limit, Self.maximumWithPayloads) }
        let reader = try parts.reader(context.access)
        let freshness = try await reader.catchUp(to: request)
        let page = try await reader.query(events)
        var positions: [Position?] = []
        if fields.contains(.payload) { page.forEach { positions.append($0.payloadPosition) } }
        let payloads = try await reader.payloads(at: positions)
        var json = JSONWriter(capacity: 256 + page.count * 768)
        json.beginObject()
        json.key("events")
        json.beginArray()
        var at = 0
        page.forEach { event in
            json.beginEvent(event, fields)
            json.endEvent(fields, payload: payloads.isEmpty ? nil : payloads[at])
            at += 1
        }
        json.endArray()
        json.key("nextCursor")
        if let cursor = page.nextCursor { json.string(cursor.description) } else { json.null() }
        json.key("position")
        json.string(page.positions.description)
        json.endObject()
        return .json(json.bytes, headers: freshness.headers)
    }

    private static func events(_ query: QueryParameters) throws(Problem) -> EventQuery {
        var events = EventQuery()
        events.topics = try query.topics("topic")
        events.statuses = Set(try query.choices("status", as: EventStatus.self))
        events.projects = query.all("project")
        events.users = query.all("user")
        events.senders = query.all("sender")
        events.dependsOn = try query.eventIDs("dependsOn")
        events.hashes = query.all("hash")
        events.ids = try query.eventIDs("id")
        events.newerThan = try query.time("newerThan")
        events.olderThan = try query.time("olderThan")
        events.text = try query.one("text")
        switch try query.one("order") {
        case nil, "desc": events.order = .descending
        case "asc": events.order = .ascending
        default: throw .parameter("order", "must be asc (oldest first) or desc (newest first)")
        }
        events.limit = try query.integer("limit", in: EventQuery.limits) ?? 100
        if let cursor = try query.one("cursor") {
            do throws(QueryError) {
                events.cursor = try QueryCursor(cursor)
            } catch {
                throw .parameter("cursor", error.description)
            }
        }
        return events
    }
}
