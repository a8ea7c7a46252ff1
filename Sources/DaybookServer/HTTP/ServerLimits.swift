import Daybook
import LosslessJSON

/// What one request may bring.
struct ServerLimits {
    /// Bytes of a body with one event: its parts at their largest, and room for white space and escapes.
    var event: Int
    /// Bytes of a body with several.
    var batch: Int
    var json: JSONLimits

    init(events: EventLimits, batch: Int) {
        event =
            events.payload + 2 * (events.summary + events.metadata + events.attributeValue) + 6 * events.description
            + 64 * 1024
        self.batch = max(batch, event)
        json = JSONLimits(maximumDepth: 128)
    }
}
