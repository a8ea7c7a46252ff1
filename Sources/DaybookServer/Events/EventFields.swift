/// The members that an event has in an answer.
struct EventFields: OptionSet {
    let rawValue: UInt32

    // AYON's 15, in its order.
    static let id = EventFields(rawValue: 1 << 0)
    static let hash = EventFields(rawValue: 1 << 1)
    static let topic = EventFields(rawValue: 1 << 2)
    static let sender = EventFields(rawValue: 1 << 3)
    static let senderType = EventFields(rawValue: 1 << 4)
    static let project = EventFields(rawValue: 1 << 5)
    static let user = EventFields(rawValue: 1 << 6)
    static let dependsOn = EventFields(rawValue: 1 << 7)
    static let status = EventFields(rawValue: 1 << 8)
    static let retries = EventFields(rawValue: 1 << 9)
    static let description = EventFields(rawValue: 1 << 10)
    static let summary = EventFields(rawValue: 1 << 11)
    static let payload = EventFields(rawValue: 1 << 12)
    static let createdAt = EventFields(rawValue: 1 << 13)
    static let updatedAt = EventFields(rawValue: 1 << 14)
    // Ours.
    static let progress = EventFields(rawValue: 1 << 15)
    static let severity = EventFields(rawValue: 1 << 16)
    static let kind = EventFields(rawValue: 1 << 17)
    static let entityType = EventFields(rawValue: 1 << 18)
    static let entityID = EventFields(rawValue: 1 << 19)
    static let operation = EventFields(rawValue: 1 << 20)
    static let attributeName = EventFields(rawValue: 1 << 21)
    static let attributeValue = EventFields(rawValue: 1 << 22)
    static let metadata = EventFields(rawValue: 1 << 23)
    static let orderingKey = EventFields(rawValue: 1 << 24)
    static let traceparent = EventFields(rawValue: 1 << 25)
    static let contentType = EventFields(rawValue: 1 << 26)
    static let originalID = EventFields(rawValue: 1 << 27)
    static let actor = EventFields(rawValue: 1 << 28)
    static let position = EventFields(rawValue: 1 << 29)
    static let lastPosition = EventFields(rawValue: 1 << 30)

    /// What AYON answers.
    static let ayon = EventFields(rawValue: (1 << 15) - 1)
    /// What a list has unless told otherwise: AYON's members and the progress, without the payload, which is fetched
    /// from the log.
    static let list = ayon.subtracting(.payload).union(.progress)
    static let all = EventFields(rawValue: (1 << 31) - 1)

    /// Names as they are asked for and answered.
    static let names: [(name: String, field: EventFields)] = [
        ("id", .id), ("hash", .hash), ("topic", .topic), ("sender", .sender), ("senderType", .senderType),
        ("project", .project), ("user", .user), ("dependsOn", .dependsOn), ("status", .status), ("retries", .retries),
        ("description", .description), ("summary", .summary), ("payload", .payload), ("createdAt", .createdAt),
        ("updatedAt", .updatedAt), ("progress", .progress), ("severity", .severity), ("kind", .kind),
        ("entityType", .entityType), ("entityId", .entityID), ("operation", .operation),
        ("attributeName", .attributeName), ("attributeValue", .attributeValue), ("metadata", .metadata),
        ("orderingKey", .orderingKey), ("traceparent", .traceparent), ("contentType", .contentType),
        ("originalId", .originalID), ("actor", .actor), ("position", .position), ("lastPosition", .lastPosition),
    ]
}

extension QueryParameters {
    /// `fields=a,b`, perhaps repeated; `all` or `*` for all there are; nil when not given.
    func fields() throws(Problem) -> EventFields? {
        let names = all("fields").flatMap { $0.split(separator: ",") }
        guard !names.isEmpty else { return nil }
        var fields: EventFields = []
        for name in names {
            if name == "all" || name == "*" {
                fields = .all
            } else if let known = EventFields.names.first(where: { $0.name == name }) {
                fields.formUnion(known.field)
            } else {
                let known = EventFields.names.map(\.name).joined(separator: ", ")
                throw .parameter("fields", "there is no '\(name)'; there are all, \(known)")
            }
        }
        return fields
    }
}
