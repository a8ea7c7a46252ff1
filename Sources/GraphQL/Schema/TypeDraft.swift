/// A type before its names are resolved.
struct TypeDraft {
    enum Kind {
        case scalar(ScalarRule)
        case object(ObjectResolver?)
        case interface
        case union([String])
        case enumeration([GraphQLEnumValue])
        case input([GraphQLInput])
    }

    var name: String
    var description: String?
    var kind: Kind
    var specifiedByURL: String?
    var fields: [FieldDraft] = []
    var interfaces: [String] = []
}

/// A field before its names are resolved.
struct FieldDraft {
    var name: String
    var type: String
    var arguments: [GraphQLInput]
    var description: String?
    var deprecationReason: String?
    var cost: GraphQLCost
    var isAsync: Bool
}

/// A directive before its names are resolved.
struct DirectiveDraft {
    var name: String
    var description: String?
    var locations: [String]
    var arguments: [GraphQLInput] = []
    var isRepeatable = false
}
