import Daybook
import LosslessJSON

/// An entry of the topic catalogue as a message of AsyncAPI.
struct TopicMessage {
    let pattern: TopicPattern
    private let listing: TopicCatalog.Listing

    init(_ listing: TopicCatalog.Listing) {
        self.listing = listing
        pattern = listing.entry.pattern
    }

    /// Names of components have no `*`: it is written `_any`, and `_` is `__`, so that no two patterns have one name.
    var name: String {
        pattern.text.reduce(into: "topic-") { name, character in
            switch character {
            case "*": name += "_any"
            case "_": name += "__"
            default: name.append(character)
            }
        }
    }

    /// A record of any topic.
    static let anyRecord: JSONValue = [
        "name": "record", "title": "A record of an event",
        "summary": "Created, changed or deleted; the value is the payload as it came.",
        "headers": ["$ref": "#/components/schemas/recordHeaders"],
        "payload": ["description": "Bytes of the content type that the header says, null when there are none."],
    ]

    var json: JSONValue {
        let entry = listing.entry
        var members: [JSONValue.Member] = [
            .init("name", .string(pattern.text)),
            .init("title", .string(pattern.text)),
        ]
        if !entry.description.isEmpty { members.append(.init("description", .string(entry.description))) }
        members.append(.init("headers", headers))
        members.append(.init("payload", payload))
        members.append(.init("tags", [["name": .string(listing.origin.rawValue)]]))
        return .object(members)
    }

    private var headers: JSONValue {
        var properties: [JSONValue.Member] = [.init("ce_type", type)]
        if let summary = listing.entry.summary {
            properties.append(
                .init(
                    "ce_summary",
                    [
                        "type": "string", "contentMediaType": "application/json",
                        "description": .string(Self.checks[listing.entry.check] ?? ""),
                        "contentSchema": object(summary),
                    ]))
        }
        return [
            "allOf": [
                ["$ref": "#/components/schemas/recordHeaders"], ["type": "object", "properties": .object(properties)],
            ]
        ]
    }

    private static let checks: [TopicCheck: String] = [
        .off: "What summaries have; nothing holds them to it.",
        .warn: "What summaries have; those that differ are stored, and told of.",
        .reject: "What summaries have; those that differ are refused.",
    ]

    private var type: JSONValue {
        guard !pattern.isLiteral else { return ["const": .string(pattern.text)] }
        let parts = pattern.text.split(separator: "*", omittingEmptySubsequences: false)
        let escaped = parts.map { $0.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "\\.") }
        return ["type": "string", "pattern": .string("^" + escaped.joined(separator: ".*") + "$")]
    }

    private var payload: JSONValue {
        guard let fields = listing.entry.fields else { return ["description": "Any."] }
        let members = [DatasetField.timestamp] + fields
        return [
            "type": "object", "description": "Of datasets; the payload of other events is free.",
            "required": .array(members.map { .string($0.name) }),
            "properties": .object(members.map { .init($0.name, Self.schema($0.type, $0.description)) }),
        ]
    }

    private func object(_ members: [SummaryMember]) -> JSONValue {
        [
            "type": "object", "required": .array(members.filter { !$0.isOptional }.map { .string($0.name) }),
            "properties": .object(members.map { .init($0.name, Self.schema($0.type, $0.description)) }),
        ]
    }

    private static func schema(_ type: DatasetFieldType?, _ description: String) -> JSONValue {
        var members: [JSONValue.Member] = []
        if !description.isEmpty { members.append(.init("description", .string(description))) }
        switch type {
        case nil: break
        case .time: members += [.init("type", ["string", "null"]), .init("format", "date-time")]
        case .integer: members += [.init("type", ["integer", "null"]), .init("format", "int64")]
        case let type?: members.append(.init("type", [.string(type.rawValue), "null"]))
        }
        return .object(members)
    }
}
