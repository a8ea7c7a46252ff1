public import LosslessJSON

/// Events as people read them: one line, and a table of what they carry, as text and as HTML.
///
/// Handlers use these, so that an event looks the same in a log, a mail and a message.
public enum EventText {
    /// One line of a table.
    public struct Row: Hashable, Sendable {
        /// The member's name.
        public var name: String
        /// What people call it: the field's description, or the name.
        public var title: String
        /// As ``EventText/value(_:)`` has it.
        public var value: String

        public init(name: String, title: String, value: String) {
            self.name = name
            self.title = title
            self.value = value
        }
    }

    // MARK: - Summary

    /// The event in one line: its description; without one `topic: name=value, …` of the summary's members, of a dataset
    /// its payload's. Line breaks and other control characters become blanks, so that it is one line whatever the event
    /// holds.
    public static func summaryText(_ event: Event) -> String {
        guard event.description.isEmpty else { return oneLine(event.description) }
        let members = summaryMembers(event)
        guard !members.isEmpty else { return event.topic }
        let list = members.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
        return oneLine("\(event.topic): \(list)")
    }

    /// ``summaryText(_:)`` with what HTML gives a meaning escaped.
    public static func summaryHTML(_ event: Event) -> String {
        escapeHTML(summaryText(event))
    }

    // MARK: - Table

    /// What the event carries, in order: the members of the payload when it is a JSON object, else those of the summary.
    ///
    /// - Parameter fields: of a dataset, without `timestamp`. The rows are then `timestamp` (where the payload has none
    ///   the event's `createdAt`), each field (empty where it is missing), and whatever else the payload has.
    public static func rows(_ event: Event, fields: [DatasetField]?) -> [Row] {
        let members = objectPayload(event).map { memberRows($0) }
        guard let fields else { return members ?? summaryRows(event) }
        var values: [String: String] = [:]
        for member in members ?? [] { values[member.name] = member.value }
        var rows: [Row] = []
        let time = values.removeValue(forKey: DatasetField.timestamp.name) ?? event.createdAt?.description ?? ""
        rows.append(Row(name: DatasetField.timestamp.name, title: DatasetField.timestamp.title, value: time))
        for field in fields {
            rows.append(
                Row(name: field.name, title: field.title, value: values.removeValue(forKey: field.name) ?? ""))
        }
        for member in members ?? [] {
            guard let value = values.removeValue(forKey: member.name) else { continue }
            rows.append(Row(name: member.name, title: member.name, value: value))
        }
        return rows
    }

    /// ``rows(_:fields:)`` as lines of text: titles, two blanks at least, values below each other. Further lines of a value
    /// that has several are indented as its first one. Each line ends with a line feed; no rows make an empty text.
    public static func tableText(_ event: Event, fields: [DatasetField]?) -> String {
        let rows = rows(event, fields: fields).map { (title: oneLine($0.title), value: $0.value) }
        let width = rows.map(\.title.count).max() ?? 0
        var text = ""
        for row in rows {
            var margin = row.title + String(repeating: " ", count: width - row.title.count)
            for line in lines(of: row.value) {
                text += line.isEmpty ? trimmed(margin) : "\(margin)  \(line)"
                text += "\n"
                margin = String(repeating: " ", count: width)
            }
        }
        return text
    }

    /// ``rows(_:fields:)`` as an HTML table: titles as row headers, everything escaped, line breaks in values as `<br>`.
    /// No rows make an empty text.
    public static func tableHTML(_ event: Event, fields: [DatasetField]?) -> String {
        let rows = rows(event, fields: fields)
        guard !rows.isEmpty else { return "" }
        var html = "<table>\n"
        for row in rows {
            let value = lines(of: row.value).map { escapeHTML(String($0)) }.joined(separator: "<br>")
            html += "<tr><th scope=\"row\">\(escapeHTML(oneLine(row.title)))</th><td>\(value)</td></tr>\n"
        }
        return html + "</table>\n"
    }

    // MARK: - Values

    /// A value as text: strings without quotation marks, numbers with the digits they were written with, null as nothing,
    /// objects and arrays as compact JSON.
    public static func value(_ value: JSONText) -> String {
        switch value.kind {
        case .string: value.stringValue ?? ""
        case .null: ""
        case .bool, .number, .object, .array: value.description
        }
    }

    /// A time as text: ISO 8601 with six fractional digits, UTC.
    public static func value(_ time: Timestamp) -> String { time.description }

    /// Escapes `&`, `<`, `>` and both quotation marks, so that a text means itself between tags and in an attribute.
    public static func escapeHTML(_ text: String) -> String {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): escaped.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): escaped.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): escaped.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): escaped.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): escaped.append(contentsOf: "&#39;".utf8)
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    // MARK: - Parts

    private static func summaryMembers(_ event: Event) -> [Row] {
        if event.kind == .dataset, let members = objectPayload(event), !members.isEmpty { return memberRows(members) }
        return summaryRows(event)
    }

    private static func summaryRows(_ event: Event) -> [Row] {
        event.summary.members.map { memberRows($0) } ?? []
    }

    private static func objectPayload(_ event: Event) -> JSONMembers? {
        guard let payload = event.payload, payload.isJSON else { return nil }
        return try? JSONMembers(payload.bytes)
    }

    private static func memberRows(_ members: JSONMembers) -> [Row] {
        members.map { Row(name: $0.key, title: $0.key, value: value($0.value)) }
    }

    /// Scalar by scalar: CR LF is one `Character`, and a combining mark may hide a line break from a look at those.
    private static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { line.append(isControl(scalar) ? " " : scalar) }
        return String(line)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    private static func lines(of text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    }

    private static func trimmed(_ text: String) -> Substring {
        guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
        return text[...last]
    }
}
