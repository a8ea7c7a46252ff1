import Daybook
import LosslessJSON

/// The headers of a record, as `docs/wire.md` has them.
enum RecordHeadersSchema {
    static let json: JSONValue = [
        "type": "object", "description": "CloudEvents attributes; those that are not set are left out.",
        "required": .array(required.map { .string("\($0.name)") }),
        "properties": .object(WireHeader.allCases.map { .init("\($0.name)", schema($0)) }),
    ]

    /// What every record of ours has; of others' records the first four.
    private static let required: [WireHeader] = [.specversion, .id, .source, .type]

    private static func schema(_ header: WireHeader) -> JSONValue {
        switch header {
        case .specversion: ["const": "1.0"]
        case .id: text("The record's own id.")
        case .source: text("The sender, as a URI reference.")
        case .type: text("The topic.")
        case .eventID, .dependsOn: ["type": "string", "pattern": "^[0-9a-f]{32}$"]
        case .op: words(RecordOperation.allCases.map(\.rawValue))
        case .status: words(EventStatus.allCases.map(\.rawValue))
        case .severity: words(Severity.allCases.map(\.rawValue))
        case .kind: words(EventKind.allCases.map(\.rawValue))
        case .operation: words(EntityOperation.allCases.map(\.rawValue))
        case .time: ["type": "string", "format": "date-time"]
        case .changes: text("What a change changes, joined by commas.")
        case .basis: text("Of a tick of progress: the position of the last record its writer knew.")
        case .retries: ["type": "string", "pattern": "^-?[0-9]+$"]
        case .progress: text("0 to 100.")
        case .summary, .metadata, .attributeValue: ["type": "string", "contentMediaType": "application/json"]
        case .recipients: text("Users, a line each.")
        case .contentType, .actor, .hash, .senderType, .project, .user, .description, .entityType, .entityID,
            .attributeName, .originalID, .partitionKey, .traceparent:
            ["type": "string"]
        }
    }

    private static func text(_ description: JSONValue) -> JSONValue { ["type": "string", "description": description] }

    private static func words(_ words: [String]) -> JSONValue {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }
}
