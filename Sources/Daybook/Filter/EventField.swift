/// An attribute of an event that a filter may look at, by its JSON name.
public enum EventField: String, Hashable, Sendable, CaseIterable {
    case id, hash, topic, sender, senderType, project, user, dependsOn, status, retries, progress, description
    case createdAt, updatedAt, severity, kind, entityType, entityId, operation, attributeName, orderingKey, traceparent

    /// What its values are.
    public enum Form: Hashable, Sendable {
        case text, number, time
    }

    public var form: Form {
        switch self {
        case .retries, .progress: .number
        case .createdAt, .updatedAt: .time
        default: .text
        }
    }

    /// By a name in camelCase or snake_case; `project_name` and `user_name` are what AYON's columns are called.
    public init?(name: String) {
        switch name {
        case "projectName", "project_name": self = .project
        case "userName", "user_name": self = .user
        default:
            guard let field = Self.byName[name] else { return nil }
            self = field
        }
    }

    private static let byName: [String: EventField] = {
        var names: [String: EventField] = [:]
        for field in allCases {
            names[field.rawValue] = field
            names[field.snakeCase] = field
        }
        return names
    }()

    private var snakeCase: String {
        rawValue.reduce(into: "") { name, character in
            if character.isUppercase { name.append("_") }
            name += character.lowercased()
        }
    }
}
