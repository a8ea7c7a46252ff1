public import LosslessJSON

/// The arguments of a field, checked against their types and with defaults filled in.
///
/// Values are as in JSON: enum values are strings, integers are written without fraction, a single value where a list
/// is wanted has become a list. An argument that was not given and has no default is absent; null is not absence.
public struct GraphQLArguments: Sendable {
    private(set) var members: [JSONValue.Member]

    init(_ members: [JSONValue.Member] = []) {
        self.members = members
    }

    /// The value as it is; nil when absent.
    public subscript(name: String) -> JSONValue? {
        members.first { $0.key == name }?.value
    }

    /// The value in a Swift type; nil when it is absent, null, or of another type.
    public func callAsFunction<Value: GraphQLInputValue>(_ name: String, as type: Value.Type = Value.self) -> Value? {
        self[name].flatMap(Value.init(graphQL:))
    }
}
