import LosslessJSON

/// An argument or a field of an input object, as the schema has it.
struct InputDefinition: Sendable {
    struct Default: Sendable {
        var value: JSONValue
        /// As a document would write it.
        var text: String
    }

    var name: String
    var description: String?
    var type: TypeReference
    var defaultValue: Default?
    var deprecationReason: String?

    /// Whether a value has to be given.
    var isRequired: Bool { type.isNonNull && defaultValue == nil }
}

/// A directive, as the schema has it.
struct DirectiveDefinition: Sendable {
    var name: String
    var description: String?
    var locations: [DirectiveLocation]
    var arguments: [InputDefinition]
    var isRepeatable: Bool

    func argument(_ name: String) -> InputDefinition? {
        arguments.first { $0.name == name }
    }
}

extension FieldDefinition {
    func argument(_ name: String) -> InputDefinition? {
        arguments.first { $0.name == name }
    }
}

/// Where a directive may stand, by the names the language has for the places.
enum DirectiveLocation: String, CaseIterable, Sendable {
    case query = "QUERY"
    case mutation = "MUTATION"
    case subscription = "SUBSCRIPTION"
    case field = "FIELD"
    case fragmentDefinition = "FRAGMENT_DEFINITION"
    case fragmentSpread = "FRAGMENT_SPREAD"
    case inlineFragment = "INLINE_FRAGMENT"
    case variableDefinition = "VARIABLE_DEFINITION"
    case schema = "SCHEMA"
    case scalar = "SCALAR"
    case object = "OBJECT"
    case fieldDefinition = "FIELD_DEFINITION"
    case argumentDefinition = "ARGUMENT_DEFINITION"
    case interface = "INTERFACE"
    case union = "UNION"
    case enumeration = "ENUM"
    case enumValue = "ENUM_VALUE"
    case inputObject = "INPUT_OBJECT"
    case inputFieldDefinition = "INPUT_FIELD_DEFINITION"
}
