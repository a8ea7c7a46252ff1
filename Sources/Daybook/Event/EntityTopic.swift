extension EntityChange {
    /// Fills in what is not given from an `entity.<type>.<what>` topic: its type, and the operation its last segment
    /// tells of.
    ///
    /// `created` is a creation, `deleted` a deletion; `<attribute>_changed` and `renamed` (attribute `name`) are
    /// updates of an attribute; `changed` and `updated` are updates of no attribute in particular.
    public mutating func fillIn(from topic: String) {
        guard Self.isTold(by: topic) else { return }
        let segments = topic.split(separator: ".", omittingEmptySubsequences: false)
        guard segments.count == 3 else { return }
        if type == nil { type = String(segments[1]) }
        // An operation that was given is the publisher's word: nothing is guessed beside it.
        guard operation == nil else { return }
        switch segments[2] {
        case "created": operation = .creation
        case "deleted": operation = .deletion
        case "changed", "updated": operation = .update
        case "renamed": setUpdate(of: "name")
        case let what where what.hasSuffix("_changed"): setUpdate(of: String(what.dropLast("_changed".count)))
        default: break
        }
    }

    /// Whether a topic is one that tells of entities. By its first bytes, since it is asked for every event.
    static func isTold(by topic: String) -> Bool {
        topic.utf8.starts(with: "entity.".utf8)
    }

    private mutating func setUpdate(of attribute: String) {
        operation = .update
        if attributeName == nil, !attribute.isEmpty { attributeName = attribute }
    }
}

/// The rules for the seven entity types that Taipy's notifier knows. Other types are free.
public enum EntityRules {
    /// The types with rules. They are compared without regard to case, `-` and `_`.
    public static let ruledTypes: Set<String> = [
        "cycle", "scenario", "sequence", "task", "datanode", "job", "submission",
    ]
    private static let submittableTypes: Set<String> = ["scenario", "sequence", "task"]

    /// A combination that makes no sense, with Taipy's name for it.
    public enum Violation: String, Error, Sendable {
        /// Only scenarios, sequences and tasks can be submitted.
        case invalidOperation = "invalid_operation"
        /// Only an update may name an attribute.
        case invalidAttributeName = "invalid_attribute_name"
    }

    /// The violation, if any; the operation is looked at first.
    public static func violation(in entity: EntityChange) -> Violation? {
        guard let type = entity.type?.lowercased().filter({ $0 != "_" && $0 != "-" }), ruledTypes.contains(type),
            let operation = entity.operation
        else { return nil }
        if operation == .submission, !submittableTypes.contains(type) { return .invalidOperation }
        if operation != .update, entity.attributeName != nil { return .invalidAttributeName }
        return nil
    }
}
