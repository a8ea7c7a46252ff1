public import LosslessJSON

/// The types of a schema while it is put together. They refer to each other by name, in any order.
///
/// Types of fields are written in the language's own notation: `"[EventEdge!]!"`. What does not fit together is told by
/// ``GraphQLSchema/init(query:mutation:subscription:description:limits:_:)``, all of it at once.
public struct GraphQLTypes<Context: Sendable> {
    var types: [TypeDraft] = []
    var directives: [DirectiveDraft] = []

    /// An object whose fields are resolved from values of one Swift type. That of a root type is the context.
    ///
    /// - Parameter interfaces: the names of all interfaces it implements, those that they implement included.
    public mutating func object<Source: Sendable>(
        _ name: String, of source: Source.Type, description: String? = nil, implements interfaces: [String] = [],
        _ fields: (inout GraphQLFields<Context, Source>) -> Void
    ) {
        var list = GraphQLFields<Context, Source>()
        fields(&list)
        types.append(
            TypeDraft(
                name: name, description: description,
                kind: .object(ObjectResolver(list.resolvers, of: Source.self)),
                fields: list.fields, interfaces: interfaces))
    }

    /// What several objects have in common. Resolvers answer it with the name of the object's type.
    public mutating func interface(
        _ name: String, description: String? = nil, implements interfaces: [String] = [],
        _ fields: (inout GraphQLDeclaredFields) -> Void
    ) {
        var list = GraphQLDeclaredFields()
        fields(&list)
        types.append(
            TypeDraft(
                name: name, description: description, kind: .interface, fields: list.fields, interfaces: interfaces))
    }

    /// One of several objects. Resolvers answer it with the name of the object's type.
    public mutating func union(_ name: String, of members: [String], description: String? = nil) {
        types.append(TypeDraft(name: name, description: description, kind: .union(members)))
    }

    /// One of several names, which resolvers give and take as strings.
    public mutating func enumeration(_ name: String, description: String? = nil, values: [GraphQLEnumValue]) {
        types.append(TypeDraft(name: name, description: description, kind: .enumeration(values)))
    }

    /// An object that is given as an argument.
    public mutating func input(_ name: String, description: String? = nil, fields: [GraphQLInput]) {
        types.append(TypeDraft(name: name, description: description, kind: .input(fields)))
    }

    /// A scalar of one's own. Resolvers answer it with any value that is not an object.
    ///
    /// - Parameters:
    ///   - specifiedBy: a URL where its meaning is written down.
    ///   - parse: takes a value as given, literals as what they are in JSON, and returns what resolvers shall see; throws
    ///     when it is no value of the scalar. Nil takes everything.
    public mutating func scalar(
        _ name: String, description: String? = nil, specifiedBy: String? = nil,
        parse: (@Sendable (JSONValue) throws -> JSONValue)? = nil
    ) {
        types.append(
            TypeDraft(
                name: name, description: description, kind: .scalar(.custom(parse: parse)), specifiedByURL: specifiedBy)
        )
    }

    /// A type that subscriptions would begin at. They are validated and listed, but this engine executes none.
    public mutating func declaredObject(
        _ name: String, description: String? = nil, _ fields: (inout GraphQLDeclaredFields) -> Void
    ) {
        var list = GraphQLDeclaredFields()
        fields(&list)
        types.append(
            TypeDraft(name: name, description: description, kind: .object(nil), fields: list.fields))
    }

    /// A directive besides `@skip`, `@include`, `@deprecated` and `@specifiedBy`. Documents may use it; to the executor
    /// it means nothing.
    ///
    /// - Parameter locations: by their names in the language: `"FIELD"`.
    public mutating func directive(
        _ name: String, description: String? = nil, locations: [String], arguments: [GraphQLInput] = [],
        isRepeatable: Bool = false
    ) {
        directives.append(
            DirectiveDraft(
                name: name, description: description, locations: locations, arguments: arguments,
                isRepeatable: isRepeatable))
    }
}
