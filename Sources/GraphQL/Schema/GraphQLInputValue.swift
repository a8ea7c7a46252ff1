public import LosslessJSON

/// What an argument's value can be read as.
public protocol GraphQLInputValue {
    /// Nil when the value is of another type, or null.
    init?(graphQL value: JSONValue)
}

extension JSONValue: GraphQLInputValue {
    public init?(graphQL value: JSONValue) { self = value }
}

extension Bool: GraphQLInputValue {
    public init?(graphQL value: JSONValue) {
        guard case .bool(let bool) = value else { return nil }
        self = bool
    }
}

extension Int: GraphQLInputValue {
    public init?(graphQL value: JSONValue) {
        guard case .number(let text) = value, let number = Int(text) else { return nil }
        self = number
    }
}

extension Double: GraphQLInputValue {
    public init?(graphQL value: JSONValue) {
        guard case .number(let text) = value, let number = Double(text) else { return nil }
        self = number
    }
}

extension String: GraphQLInputValue {
    public init?(graphQL value: JSONValue) {
        guard case .string(let text) = value else { return nil }
        self = text
    }
}

extension Array: GraphQLInputValue where Element: GraphQLInputValue {
    public init?(graphQL value: JSONValue) {
        guard case .array(let values) = value else { return nil }
        let elements = values.compactMap(Element.init(graphQL:))
        guard elements.count == values.count else { return nil }
        self = elements
    }
}
