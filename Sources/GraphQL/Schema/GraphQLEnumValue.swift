/// A value of an enum.
public struct GraphQLEnumValue: Sendable, ExpressibleByStringLiteral {
    var name: String
    var description: String?
    var deprecationReason: String?

    /// - Parameter deprecated: why it should no longer be used.
    public init(_ name: String, description: String? = nil, deprecated: String? = nil) {
        self.name = name
        self.description = description
        deprecationReason = deprecated
    }

    public init(stringLiteral name: String) {
        self.init(name)
    }
}
