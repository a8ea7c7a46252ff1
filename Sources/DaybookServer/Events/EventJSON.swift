import Daybook
import DaybookIndex
import FoundationEssentials
import LosslessJSON

extension JSONWriter {
    /// Begins an event of the index, straight from its bytes there, and writes all but the payload.
    ///
    /// Absent texts are null, absent objects `{}`, and an event without a hash has its id there, all as AYON has them.
    mutating func beginEvent(_ event: IndexedEventView, _ fields: EventFields) {
        beginObject()
        if fields.contains(.id) { key("id"); id(event.id) }
        if fields.contains(.hash) {
            key("hash")
            if let hash = event.hash { string(utf8: hash) } else { id(event.id) }
        }
        if fields.contains(.topic) { key("topic"); string(utf8: event.topic) }
        if fields.contains(.sender) { key("sender"); optional(event.sender) }
        if fields.contains(.senderType) { key("senderType"); optional(event.senderType) }
        if fields.contains(.project) { key("project"); optional(event.project) }
        if fields.contains(.user) { key("user"); optional(event.user) }
        if fields.contains(.dependsOn) {
            key("dependsOn")
            if let parent = event.dependsOn { id(parent) } else { null() }
        }
        if fields.contains(.status) { key("status"); string(event.status.rawValue) }
        if fields.contains(.retries) { key("retries"); int(event.retries) }
        if fields.contains(.description) { key("description"); string(utf8: event.description) }
        if fields.contains(.summary) { key("summary"); object(event.summary) }
        if fields.contains(.createdAt) { key("createdAt"); string(event.createdAt.description) }
        if fields.contains(.updatedAt) { key("updatedAt"); string(event.updatedAt.description) }
        if !fields.subtracting(.ayon).isEmpty { ourMembers(of: event, fields) }
    }

    /// Writes the payload, which had to be fetched, if it is asked for; the event is complete then.
    mutating func endEvent(_ fields: EventFields, payload: Payload?) {
        if fields.contains(.payload) {
            key("payload")
            self.payload(payload)
        }
        endObject()
    }

    private mutating func ourMembers(of event: IndexedEventView, _ fields: EventFields) {
        if fields.contains(.progress) { key("progress"); double(event.progress) }
        if fields.contains(.severity) { key("severity"); string(event.severity.rawValue) }
        if fields.contains(.kind) { key("kind"); string(event.kind.rawValue) }
        if fields.contains(.entityType) { key("entityType"); optional(event.entityType) }
        if fields.contains(.entityID) { key("entityId"); optional(event.entityID) }
        if fields.contains(.operation) {
            key("operation")
            if let operation = event.operation { string(operation.rawValue) } else { null() }
        }
        if fields.contains(.attributeName) { key("attributeName"); optional(event.attributeName) }
        if fields.contains(.attributeValue) {
            key("attributeValue")
            if let value = event.attributeValue { raw(utf8: value) } else { null() }
        }
        if fields.contains(.metadata) { key("metadata"); object(event.metadata) }
        if fields.contains(.orderingKey) {
            key("orderingKey")
            if let orderingKey = event.orderingKey { string(utf8: orderingKey) } else { id(event.id) }
        }
        if fields.contains(.traceparent) { key("traceparent"); optional(event.traceparent) }
        if fields.contains(.contentType) {
            key("contentType")
            if event.payloadPosition == nil { null() } else { string(utf8: event.contentType) }
        }
        if fields.contains(.originalID) { key("originalId"); optional(event.originalID) }
        if fields.contains(.actor) { key("actor"); optional(event.actor ?? event.sender) }
        if fields.contains(.position) { key("position"); string(event.created.description) }
        if fields.contains(.lastPosition) { key("lastPosition"); string(event.last.description) }
    }

    private mutating func id(_ id: EventID) {
        id.withHexDigits { string(utf8: $0) }
    }

    private mutating func optional(_ text: UnsafeRawBufferPointer?) {
        if let text { string(utf8: text) } else { null() }
    }

    private mutating func object(_ json: UnsafeRawBufferPointer?) {
        if let json { raw(utf8: json) } else { raw(.emptyObject) }
    }

    /// JSON as it is; text as a string; other bytes as a string in Base64 (`contentType` tells which it is).
    mutating func payload(_ payload: Payload?) {
        guard let payload else { return raw(.emptyObject) }
        if payload.isJSON, let document = try? JSONText(payload.bytes, limits: JSONLimits(maximumDepth: .max)) {
            raw(document)
        } else if !payload.isJSON, let text = String(validating: payload.bytes, as: UTF8.self) {
            string(text)
        } else {
            string(Data(payload.bytes).base64EncodedString())
        }
    }
}
