public import LosslessJSON

/// What a resolver answers. The field's type says what becomes of it.
public enum GraphQLValue: Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    /// Also the name of an enum's value, and an ID.
    case string(String)
    /// For scalars of one's own: written as it is.
    case json(JSONText)
    case list([GraphQLValue])
    /// What the fields of an object are resolved from; see ``object(_:type:)``.
    case source(GraphQLSource)
    /// This value, and not the whole field, has failed: for one element of a list.
    case failure(any Error)

    /// An object, given by what its fields are resolved from.
    ///
    /// - Parameter type: the name of its type; needed where the field's type is an interface or a union.
    public static func object(_ source: some Sendable, type: String? = nil) -> GraphQLValue {
        .source(GraphQLSource(box: TypedSource(source, type: type)))
    }
}
