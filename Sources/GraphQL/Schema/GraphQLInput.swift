/// An argument, or a field of an input object, as a schema declares it.
public struct GraphQLInput: Sendable {
    var name: String
    var type: String
    var defaultValue: String?
    var description: String?
    var deprecationReason: String?

    /// - Parameters:
    ///   - type: in the language's own notation: `"[String!]"`.
    ///   - defaultValue: a literal in the language's own notation: `"100"`, `"\"text\""`, `"[PENDING]"`.
    ///   - deprecated: why it should no longer be given.
    public init(
        _ name: String, _ type: String, default defaultValue: String? = nil, description: String? = nil,
        deprecated: String? = nil
    ) {
        self.name = name
        self.type = type
        self.defaultValue = defaultValue
        self.description = description
        deprecationReason = deprecated
    }
}
