import Daybook
import DaybookIndex
import Hummingbird
import LosslessJSON

/// `GET /api/topics`: the topics of the index's events, with how many there are of each.
struct TopicsRoute {
    let parts: ServerParts

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        let reader = try parts.reader()
        let freshness = try await reader.catchUp(to: request)
        return .json(headers: freshness.headers) { json in
            json.key("topics")
            json.beginArray()
            for (topic, events) in reader.index.topics {
                json.beginObject()
                json.key("topic")
                json.string(topic)
                json.key("events")
                json.int(events)
                json.endObject()
            }
            json.endArray()
        }
    }
}
