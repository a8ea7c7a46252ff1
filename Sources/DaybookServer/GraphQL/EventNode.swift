import Daybook
import DaybookIndex
import LosslessJSON

/// An event in an answer.
final class EventNode: Sendable {
    let event: IndexedEvent
    /// Nil when it was not asked for, too.
    let payload: Payload?

    init(_ event: IndexedEvent, payload: Payload? = nil) {
        self.event = event
        self.payload = payload
    }

    /// JSON, as REST shows it; nil when there is none, or an empty object, as with AYON.
    var payloadText: String? {
        guard let payload, payload.bytes != JSONText.emptyObject.bytes else { return nil }
        var json = JSONWriter(capacity: payload.bytes.count + 16)
        json.payload(payload)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// Within what GraphQL's `Int` holds.
    var retries: Int { min(max(event.event.retries, Int(Int32.min)), Int(Int32.max)) }
}
