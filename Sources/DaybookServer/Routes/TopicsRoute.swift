import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `GET /api/topics`: the topics of the index's events, with how many there are of each, and on request the topic
/// catalogue's entries.
struct TopicsRoute {
    let parts: ServerParts

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try QueryParameters(request.uri.query, known: ["entries"])
        let entries = try query.flag("entries") ?? false
        let reader = try parts.reader(context.access)
        let freshness = try await reader.catchUp(to: request)
        let topics = try await reader.topics()
        return .json(headers: freshness.headers) { json in
            json.key("topics")
            json.beginArray()
            for (topic, events) in topics {
                json.beginObject()
                json.key("topic")
                json.string(topic)
                json.key("events")
                json.int(events)
                json.endObject()
            }
            json.endArray()
            guard entries else { return }
            json.key("entries")
            json.beginArray()
            for listing in reader.parts.catalog.topics.listings
            where context.caller.mayKnow(topic: listing.entry.pattern.text) {
                json.beginObject()
                listing.writeMembers(to: &json)
                json.endObject()
            }
            json.endArray()
        }
    }
}

extension TopicCatalog.Listing {
    /// `topic` (or pattern), `origin`, and what the entry says.
    func writeMembers(to json: inout JSONWriter) {
        json.key("topic")
        json.string(entry.pattern.text)
        json.key("origin")
        json.string(origin.rawValue)
        entry.writeMembers(to: &json)
    }
}
