import Daybook
import DaybookIndex
import HTTPTypes
import Hummingbird
import LosslessJSON

/// `/api/registrations/{name}/deliveries`: what was sent to a webhook lately.
struct DeliveryRoute {
    let parts: RegistrationParts

    /// 200 with `{"deliveries": […]}`, the one that was tried last first: each with `position`, `event`, `topic`, `message`,
    /// `count` and `attempts`, which are the latest ones with `time`, `seconds`, `status` and `error`.
    @Sendable func list(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try QueryParameters(request.uri.query, known: ["limit"])
        let limit = try query.integer("limit", in: 1...DeliveryRecords.shown) ?? DeliveryRecords.shown
        let registration = try parts.registration(context)
        let caller = context.caller
        let index = try parts.parts.open().index
        let entries = try parts.registrations().deliveries.latest(of: registration.id, limit: limit).filter { entry in
            guard caller.reading != nil else { return true }
            return entry.attempts.last.flatMap { index.withEvent($0.event) { caller.may(.read, $0) } } ?? false
        }
        return .json { json in
            json.key("deliveries")
            json.beginArray()
            for entry in entries { Self.write(entry, to: &json) }
            json.endArray()
        }
    }

    private static func write(_ entry: DeliveryRecords.Entry, to json: inout JSONWriter) {
        guard let latest = entry.attempts.last else { return }
        json.beginObject()
        json.key("position")
        json.string(latest.position.description)
        json.key("event")
        json.string(latest.event.description)
        json.key("topic")
        json.string(latest.topic)
        json.key("message")
        json.string(latest.message)
        json.key("count")
        json.int(entry.count)
        json.key("attempts")
        json.beginArray()
        for attempt in entry.attempts {
            json.beginObject()
            attempt.writeOutcome(to: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
