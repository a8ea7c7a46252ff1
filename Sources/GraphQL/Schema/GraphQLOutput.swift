public import LosslessJSON

/// What a resolver may return.
public protocol GraphQLOutput: SendableMetatype {
    var graphQLValue: GraphQLValue { get }
}

extension GraphQLValue: GraphQLOutput {
    public var graphQLValue: GraphQLValue { self }
}

extension Bool: GraphQLOutput {
    public var graphQLValue: GraphQLValue { .bool(self) }
}

extension Int: GraphQLOutput {
    public var graphQLValue: GraphQLValue { .int(self) }
}

extension Double: GraphQLOutput {
    public var graphQLValue: GraphQLValue { .double(self) }
}

extension String: GraphQLOutput {
    public var graphQLValue: GraphQLValue { .string(self) }
}

extension JSONText: GraphQLOutput {
    public var graphQLValue: GraphQLValue { .json(self) }
}

extension Optional: GraphQLOutput where Wrapped: GraphQLOutput {
    public var graphQLValue: GraphQLValue { self?.graphQLValue ?? .null }
}

extension Array: GraphQLOutput where Element: GraphQLOutput {
    public var graphQLValue: GraphQLValue { .list(map(\.graphQLValue)) }
}
