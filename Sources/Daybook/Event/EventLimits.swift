/// How large the parts of an event may be, in bytes.
public struct EventLimits: Hashable, Sendable {
    public var hash = 512
    public var description = 4 * 1024
    public var summary = 64 * 1024
    /// Configurable up to what the log takes.
    public var payload = 1024 * 1024
    public var metadata = 16 * 1024
    public var attributeValue = 16 * 1024
    /// Names: sender, project, user, entity type and id, ordering key and the like.
    public var name = 512

    public init() {}
}

/// One thing wrong with an event or a change of one.
public struct FieldProblem: Hashable, Sendable, CustomStringConvertible {
    /// The attribute, by its JSON name.
    public var field: String
    /// A word for programs: `missing`, `too_long`, `bad_value`, `bad_type`, `invalid_operation`,
    /// `invalid_attribute_name`.
    public var code: String
    /// A sentence for people.
    public var message: String

    public init(_ field: String, _ code: String, _ message: String) {
        self.field = field
        self.code = code
        self.message = message
    }

    public var description: String { "\(field): \(message)" }
}

/// An event or change that is refused, with everything that is wrong with it.
public struct InvalidEvent: Error, Hashable, Sendable, CustomStringConvertible {
    public var problems: [FieldProblem]

    public init(_ problems: [FieldProblem]) {
        self.problems = problems
    }

    public var description: String { problems.map(\.description).joined(separator: "; ") }
}
