import LosslessJSON

/// A submission that came to its end, as an update of its `submission_status` tells it.
public struct FinishedSubmission: Hashable, Sendable {
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        case completed, failed, canceled
    }

    public var id: String
    public var outcome: Outcome
    /// What was submitted, from the metadata `origin_entity_id`, `origin_entity_type` and `origin_entity_config_id`.
    public var originId: String?
    public var originType: String?
    public var originConfig: String?

    /// Nil when the event tells of no submission's end. The case of the status does not matter.
    public init?(_ event: Event) {
        guard let id = event.entity.id, event.entity.attributeName == "submission_status",
            let status = event.entity.attributeValue?.stringValue, let outcome = Outcome(rawValue: status.lowercased())
        else { return nil }
        self.id = id
        self.outcome = outcome
        let metadata = event.metadata.members
        originId = metadata?["origin_entity_id"]?.stringValue
        originType = metadata?["origin_entity_type"]?.stringValue
        originConfig = metadata?["origin_entity_config_id"]?.stringValue
    }
}
