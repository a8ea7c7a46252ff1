import Daybook
import LosslessJSON

/// The body of AYON's `POST /api/events`: one JSON object. Names in camelCase or snake_case; unknown ones, and `user`,
/// are ignored.
struct AyonDispatch {
    var event: Event
    /// False: pushed live and forgotten.
    var store = true

    /// Takes the place of the event that has the hash.
    var reuse = false

    var write: EventWrite {
        // An event without a hash has nothing to replace.
        store ? reuse && event.hash != nil ? .reuse(event) : .create(event) : .signal(event)
    }

    /// - Throws: 400 with everything that does not fit. Topics and sizes are also held against Daybook's own rules
    ///   when the event is published.
    init(_ members: JSONMembers, sender: AyonSender) throws(Problem) {
        var reader = AyonReader()
        var event = Event(topic: "", sender: sender.sender, senderType: sender.senderType, user: sender.user)
        var hasTopic = false
        var finished = true
        for (key, value) in members {
            switch key {
            case "topic":
                hasTopic = true
                if let topic = reader.string(key, value) {
                    event.topic = topic
                    if !AyonNames.isTopic(topic) {
                        reader.fail(key, "must be \(AyonNames.topicRule)", type: "string_pattern_mismatch")
                    }
                }
            case "sender": if !value.isNull { event.sender = reader.string(key, value) }
            case "hash": if !value.isNull { event.hash = reader.string(key, value) }
            case "project": if !value.isNull { event.project = reader.project(value) }
            case "dependsOn", "depends_on": if !value.isNull { event.dependsOn = reader.eventID("dependsOn", value) }
            case "description": if !value.isNull { event.description = reader.string(key, value) ?? "" }
            case "summary": event.summary = reader.object(key, value) ?? .emptyObject
            case "payload": event.payload = reader.object(key, value).map { Payload(bytes: $0.bytes) }
            case "finished": finished = reader.bool(key, value) ?? true
            case "store": store = reader.bool(key, value) ?? true
            case "recipients": if !value.isNull { event.recipients = reader.strings(key, value) }
            case "reuse": reuse = reader.bool(key, value) ?? false
            default: continue
            }
        }
        if !hasTopic { reader.fail("topic", "is required", type: "missing") }
        try reader.finish()
        event.status = finished ? .finished : .pending
        event.progress = finished ? 100 : 0
        self.event = event
    }
}
