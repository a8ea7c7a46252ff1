import Daybook
import Mustache

/// What templates can name for a mail: `events`, `count`, `isDigest`, `registration`, the highest `severity`; for a mail of
/// one event also everything of the event.
struct EmailVariables: MustacheParent {
    enum Format {
        case text, html
    }

    let deliveries: [Delivery]
    let fields: DatasetFields
    private var format = Format.text

    init(_ deliveries: [Delivery], fields: @escaping DatasetFields) {
        self.deliveries = deliveries
        self.fields = fields
    }

    /// The same for a template of this kind.
    func `in`(_ format: Format) -> EmailVariables {
        var variables = self
        variables.format = format
        return variables
    }

    func child(named name: String) -> Any? {
        switch name {
        case "events": return deliveries.map { EventVariables($0, format, fields) }
        case "count": return deliveries.count
        case "isDigest": return deliveries.count > 1
        case "registration": return deliveries.first?.registration
        case "severity": return severity.rawValue
        case "isError": return severity == .error
        case "isWarning": return severity == .warning
        default:
            guard deliveries.count == 1, let delivery = deliveries.first else { return nil }
            return EventVariables(delivery, format, fields).child(named: name)
        }
    }

    private var severity: Severity {
        let all = Set(deliveries.map(\.event.severity))
        return all.contains(.error) ? .error : all.contains(.warning) ? .warning : .informational
    }
}
