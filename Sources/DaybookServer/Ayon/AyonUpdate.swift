import Daybook
import LosslessJSON

/// The body of AYON's `PATCH /api/events/{id}`: new values; null, and what is not there, leaves an attribute as it is.
struct AyonUpdate {
    private var change = EventChange()

    /// - Throws: 400 with everything that does not fit.
    init(_ members: JSONMembers) throws(Problem) {
        var reader = AyonReader()
        var progress: Double?
        for (key, value) in members where !value.isNull {
            switch key {
            case "sender": change.sender = reader.string(key, value)
            case "project", "projectName", "project_name": change.project = reader.project(value)
            case "user": change.user = reader.string(key, value)
            case "status":
                guard let text = reader.string(key, value) else { break }
                change.status = EventStatus(rawValue: text)
                if change.status == nil {
                    let allowed = EventStatus.allCases.map(\.rawValue).joined(separator: ", ")
                    reader.fail(key, "must be one of \(allowed)", type: "enum")
                }
            case "description": change.description = reader.string(key, value)
            case "summary": change.summary = reader.object(key, value)
            case "payload": change.payload = reader.object(key, value).map { Payload(bytes: $0.bytes) }
            case "progress":
                guard let number = reader.double(key, value) else { break }
                progress = number
                if !(0...100).contains(number) { reader.fail(key, "must be from 0 to 100", type: "out_of_range") }
            case "retries": change.retries = reader.int(key, value)
            default: continue
            }
        }
        try reader.finish()
        change.progress = progress ?? (change.status == .finished ? 100 : nil)
    }

    /// What to change in an event, by a sender.
    ///
    /// AYON lets every update put the caller's sender type, and its sender when the header names one, into the event.
    /// A tick of progress does not: it is a signal, and says nothing about who holds the job.
    func change(of event: Event, by sender: AyonSender) -> EventChange {
        guard !change.isProgressOnly else { return change }
        var change = change
        if event.senderType != sender.senderType { change.senderType = sender.senderType }
        if change.sender == nil, let name = sender.sender, name != event.sender { change.sender = name }
        return change
    }
}
