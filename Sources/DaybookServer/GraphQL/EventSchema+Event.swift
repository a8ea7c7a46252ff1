import Daybook
import DaybookIndex
import GraphQL
import HTTPTypes
import LosslessJSON

extension EventSchema {
    /// AYON's fields, and Daybook's own. Objects are JSON in a string, as AYON has them.
    static func addEventFields(_ fields: inout GraphQLFields<QueryContext, EventNode>) {
        fields.field("id", "String!") { $0.event.event.id.description }
        fields.field("hash", "String!", description: "The id when the event has no hash.") {
            $0.event.event.hash ?? $0.event.event.id.description
        }
        fields.field("topic", "String!") { $0.event.event.topic }
        fields.field("project", "String") { $0.event.event.project }
        fields.field("user", "String") { $0.event.event.user }
        fields.field("sender", "String") { $0.event.event.sender }
        fields.field("dependsOn", "String") { $0.event.event.dependsOn?.description }
        fields.field("status", "String!") { $0.event.event.status.rawValue }
        fields.field("retries", "Int!") { $0.retries }
        fields.field("description", "String!") { $0.event.event.description }
        fields.field("summary", "String!", description: "A JSON object.") { $0.event.event.summary.description }
        fields.field("createdAt", "String!") { $0.event.createdAt.description }
        fields.field("updatedAt", "String!") { $0.event.updatedAt.description }
        fields.field(
            "payload", "String", description: "JSON; null when there is none, or an empty object. Read from the log.",
            cost: GraphQLCost(weight: 10)
        ) { $0.payloadText }
        fields.field("data", "String", deprecated: "Always null, as with AYON.") { _ in GraphQLValue.null }
        addOwnFields(&fields)
    }

    private static func addOwnFields(_ fields: inout GraphQLFields<QueryContext, EventNode>) {
        fields.field("senderType", "String") { $0.event.event.senderType }
        fields.field("progress", "Float!", description: "0 to 100.") { $0.event.event.progress }
        fields.field("severity", "String!") { $0.event.event.severity.rawValue }
        fields.field("kind", "String!") { $0.event.event.kind.rawValue }
        fields.field("entityType", "String") { $0.event.event.entity.type }
        fields.field("entityId", "String") { $0.event.event.entity.id }
        fields.field("operation", "String") { $0.event.event.entity.operation?.rawValue }
        fields.field("attributeName", "String") { $0.event.event.entity.attributeName }
        fields.field("attributeValue", "String", description: "JSON.") {
            $0.event.event.entity.attributeValue?.description
        }
        fields.field("metadata", "String!", description: "A JSON object.") { $0.event.event.metadata.description }
        fields.field("orderingKey", "String!") { $0.event.event.orderingKey ?? $0.event.event.id.description }
        fields.field("traceparent", "String") { $0.event.event.traceparent }
        fields.field("contentType", "String", description: "Of the payload.") { $0.event.payload?.contentType }
        fields.field("actor", "String", description: "Who wrote its last record.") {
            $0.event.actor ?? $0.event.event.sender
        }
        fields.field("position", "String!", description: "Of its first record in the log.") {
            $0.event.created.description
        }
        fields.field("lastPosition", "String!", description: "Of its last record in the log.") {
            $0.event.last.description
        }
        fields.asyncField(
            "history", "[EventRecord!]!", description: "Its records in order, read from the log.",
            cost: GraphQLCost(weight: 10_000)
        ) { node, call in
            try await call.context.history(of: node.event.event.id)
        }
    }

    /// One record of a history.
    static func addHistory(_ types: inout GraphQLTypes<QueryContext>) {
        types.object("EventRecord", of: HistoryEntry.self, description: "One record of an event.") { fields in
            fields.field("position", "String!") { $0.position.description }
            fields.field("time", "String!", description: "The log time.") { $0.time.description }
            fields.field("change", "String!", description: "created, changed or deleted.") {
                $0.record.operation.rawValue
            }
            fields.field("actor", "String", description: "Who wrote it.") { $0.record.actor ?? $0.record.event.sender }
            fields.field("status", "String", description: "Null when the record does not change it.") { entry in
                entry.tells(.status) ? entry.record.event.status.rawValue : nil
            }
            fields.field("progress", "Float", description: "Null when the record does not change it.") { entry in
                entry.tells(.progress) ? entry.record.event.progress : nil
            }
            fields.field(
                "record", "String!", description: "All that the record says, as JSON; of a change the new values."
            ) { entry in
                var json = JSONWriter(capacity: 512)
                entry.record.write(to: &json, position: entry.position, time: entry.time)
                return String(decoding: json.bytes, as: UTF8.self)
            }
        }
    }
}

extension HistoryEntry {
    fileprivate func tells(_ field: ChangedFields) -> Bool {
        switch record.operation {
        case .created: true
        case .changed: record.changes.contains(field)
        case .deleted: false
        }
    }
}

extension QueryContext {
    /// An event of the index, or of the log when it has left the index over its bounds; nil when there is none for the
    /// caller.
    func event(_ id: EventID, withPayload: Bool) async throws -> EventNode? {
        let found: IndexedEvent
        do {
            found = try await reader.event(id, search)
        } catch let problem as Problem where problem.status == .notFound {
            return nil
        }
        return EventNode(
            found, payload: withPayload ? try await reader.payloads(at: [found.payload?.position])[0] : nil)
    }

    func history(of id: EventID) async throws -> GraphQLValue {
        .list(try await reader.history(of: id, search).map { .object($0) })
    }
}
