import Daybook
import DaybookIndex
import LosslessJSON
import NIOCore
import WebSocket

/// Writes one record as subscribers get it.
struct LiveText {
    let record: EventRecord
    let position: Position
    let time: Timestamp
    let isSignal: Bool
    let index: EventIndex

    /// A WebSocket frame with the message that AYON sends of a creation or an update, its members in alphabetical order;
    /// nil for a deletion, of which AYON tells nothing.
    ///
    /// A creation has `store` and `progress`, an update `progress` only when it brought one.
    func frame(token: String?) -> ByteBuffer? {
        guard record.operation != .deleted else { return nil }
        let isCreation = record.operation == .created
        let event = record.event
        let known = isCreation ? nil : index.withEvent(event.id) { Known($0) }
        var json = JSONWriter(capacity: 768)
        json.beginObject()
        json.key("createdAt")
        json.string((known?.createdAt ?? event.createdAt ?? time).description)
        json.key("dependsOn")
        json.optional(event.dependsOn?.description)
        json.key("description")
        // A change carries its event's description only when it is new. That of now is not for everybody who may read this
        // record when the event has become another's since.
        let isSame = known.map { $0.project == event.project && $0.user == event.user } ?? false
        json.string(
            isCreation || record.changes.contains(.description) || !isSame
                ? event.description : known?.description ?? event.description)
        json.key("id")
        json.string(event.id.description)
        if isCreation || record.changes.contains(.progress) {
            json.key("progress")
            json.double(event.progress)
        }
        json.key("project")
        json.optional(event.project)
        json.key("sender")
        json.optional(event.sender)
        json.key("senderType")
        json.optional(event.senderType)
        json.key("status")
        json.string(event.status.rawValue)
        if isCreation {
            json.key("store")
            json.bool(!isSignal)
        }
        json.key("summary")
        json.raw(event.summary)
        if let token {
            json.key("token")
            json.string(token)
        }
        json.key("topic")
        json.string(event.topic)
        json.key("updatedAt")
        json.string(time.description)
        json.key("user")
        json.optional(event.user)
        json.endObject()
        return WebSocketFrameBytes.text(json.bytes)
    }

    /// An event of an event stream. Its data is what a pulled delivery has, without the payload, which
    /// `/api/events/{id}` gives.
    func event(token: String) -> ByteBuffer {
        var json = JSONWriter(capacity: 768)
        json.beginObject()
        json.key("position")
        json.string(position.description)
        json.key("logTime")
        json.string(time.description)
        if record.operation == .created {
            json.key("store")
            json.bool(!isSignal)
        }
        record.writeDelivered(to: &json, payload: false)
        json.endObject()
        var bytes = ByteBuffer()
        bytes.writeString("id: \(token)\nevent: \(record.operation.rawValue)\ndata: ")
        bytes.writeBytes(json.bytes)
        bytes.writeString("\n\n")
        return bytes
    }

    /// What says that the connection lives, and where the subscriber is.
    static func heartbeat(_ shape: LiveShape, token: @autoclosure () -> String?) -> ByteBuffer {
        guard shape != .eventStream else {
            // Lines without data change the last event id and are no event (WHATWG HTML, section 9.2.6).
            return ByteBuffer(string: ": keep-alive\n" + (token().map { "id: \($0)\n" } ?? "") + "\n")
        }
        var json = JSONWriter()
        json.beginObject()
        if shape == .resumable, let token = token() {
            json.key("token")
            json.string(token)
        }
        json.key("topic")
        json.string("heartbeat")
        json.endObject()
        return WebSocketFrameBytes.text(json.bytes)
    }

    /// What the index knows of an event.
    private struct Known {
        let createdAt: Timestamp
        let description: String
        let project: String?
        let user: String?

        init(_ event: IndexedEventView) {
            createdAt = event.createdAt
            project = event.project.map { String(decoding: $0, as: UTF8.self) }
            user = event.user.map { String(decoding: $0, as: UTF8.self) }
            description = String(decoding: event.description, as: UTF8.self)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func optional(_ text: String?) {
        if let text { string(text) } else { null() }
    }
}
