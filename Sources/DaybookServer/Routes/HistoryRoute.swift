import Daybook
import Hummingbird
import LosslessJSON

/// `GET /api/events/{id}/history`: every record of an event in order, read from the log. It is answered as long as the
/// log holds the records, also when the event was deleted or has left the index.
struct HistoryRoute {
    let parts: ServerParts

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let id = try EventRoutes.id(context)
        _ = try QueryParameters(request.uri.query, known: [])
        let reader = try parts.reader(context.access)
        let freshness = try await reader.catchUp(to: request)
        let entries = try await reader.history(of: id, parts.search)
        return .json(headers: freshness.headers) { json in
            json.key("id")
            json.string(id.description)
            json.key("history")
            json.beginArray()
            for entry in entries { entry.record.write(to: &json, position: entry.position, time: entry.time) }
            json.endArray()
        }
    }
}
