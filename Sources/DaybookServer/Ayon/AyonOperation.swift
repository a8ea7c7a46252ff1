import Daybook
import LosslessJSON

/// The body of AYON's `POST /api/eventops`: `{"type": "delete", "filter": {"conditions": […]}}`.
struct AyonOperation {
    enum Kind: String, CaseIterable {
        case delete, restart, abort
    }

    var kind = Kind.delete
    /// Which events; nil, a filter without conditions, is all.
    var filter: Filter?

    /// - Throws: 400 with everything that does not fit.
    init(_ members: JSONMembers) throws(Problem) {
        var reader = AyonReader()
        if let value = members["type"] {
            if let text = reader.string("type", value) {
                if let kind = Kind(rawValue: text) {
                    self.kind = kind
                } else {
                    let allowed = Kind.allCases.map(\.rawValue).joined(separator: ", ")
                    reader.fail("type", "must be one of \(allowed)", type: "enum")
                }
            }
        } else {
            reader.fail("type", "is required", type: "missing")
        }
        if let value = members["filter"] {
            filter = reader.filter("filter", value)
        } else {
            reader.fail("filter", "is required; one without conditions stands for all events", type: "missing")
        }
        try reader.finish()
    }

    /// What it does to one event.
    func write(_ reference: EventReference) -> EventWrite {
        switch kind {
        case .delete: .delete(reference)
        case .restart: .change(reference, EventChange(status: .restarted))
        case .abort: .change(reference, EventChange(status: .aborted))
        }
    }
}
