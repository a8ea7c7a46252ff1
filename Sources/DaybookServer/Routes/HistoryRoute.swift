import Daybook
import DaybookIndex
import Hummingbird
import LosslessJSON

/// `GET /api/events/{id}/history`: every record of an event in order, read from the log. It is answered as long as the
/// log holds the records, also when the event was deleted or has left the index.
struct HistoryRoute {
    let parts: ServerParts
    private let search = EventSearch()

    init(parts: ServerParts) {
        self.parts = parts
    }

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let id = try EventRoutes.id(context)
        _ = try QueryParameters(request.uri.query, known: [])
        let reader = try parts.reader()
        let timeout = parts.options.readTimeout
        let freshness = try await reader.catchUp(to: request)
        let entries: [HistoryEntry]?
        do {
            entries = try await withDeadline(timeout) { try await self.entries(of: id, reader) }
        } catch let error as LogError {
            throw Problem.unavailable("the log cannot be read now: \(error)")
        }
        guard let entries else {
            throw Problem.unavailable("the event's records were not all found in the log within \(timeout)")
        }
        guard !entries.isEmpty else { throw Problem.eventNotFound }
        return .json(headers: freshness.headers) { json in
            json.key("id")
            json.string(id.description)
            json.key("history")
            json.beginArray()
            for entry in entries { entry.record.write(to: &json, position: entry.position, time: entry.time) }
            json.endArray()
        }
    }

    private func entries(of id: EventID, _ reader: EventReader) async throws -> [HistoryEntry] {
        if let event = reader.index.event(id) {
            return try await reader.parts.log.history(of: id, created: event.created, last: event.last.offset)
        }
        guard let created = try await search.created(of: id, in: reader.parts.catalog) else { return [] }
        return try await reader.parts.log.history(of: id, created: created)
    }
}
