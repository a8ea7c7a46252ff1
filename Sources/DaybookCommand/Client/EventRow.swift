import LosslessJSON

/// An event as a line of a table.
struct EventRow {
    static let headings = ["CREATED", "ID", "TOPIC", "STATUS", "%", "PROJECT", "USER", "DESCRIPTION"]

    let cells: [String]

    /// - Parameter event: the event as the server gives it.
    init(_ event: JSONText) {
        let members = event.members
        func text(_ name: String) -> String { members?[name]?.stringValue ?? "" }
        cells = [
            DisplayTime.short(text("createdAt")), text("id"), text("topic"), text("status"),
            members?["progress"]?.numberText ?? "", text("project"), text("user"), text("description"),
        ]
    }
}

/// Times as the server gives them, as people want to read them.
enum DisplayTime {
    /// Down to the second and in UTC: `2026-11-21 03:00:44`.
    static func short(_ time: String) -> String {
        let seconds = time.prefix(19)
        return seconds.count == 19 ? String(seconds.replacing("T", with: " ")) : time
    }

    /// Down to the millisecond.
    static func exact(_ time: String) -> String {
        let milliseconds = time.prefix(23)
        return milliseconds.count == 23 ? String(milliseconds.replacing("T", with: " ")) : time
    }
}
