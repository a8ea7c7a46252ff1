/// The fields of an object while a schema is put together.
///
/// Types are written in the language's own notation: `"String!"`. A resolver that throws makes its field null and adds
/// an error to the response.
public struct GraphQLFields<Context: Sendable, Source: Sendable> {
    var fields: [FieldDraft] = []
    var resolvers: [any FieldResolver] = []

    /// A field that is read from the source.
    ///
    /// - Parameter deprecated: why it should no longer be selected.
    public mutating func field<Output: GraphQLOutput>(
        _ name: String, _ type: String, description: String? = nil, deprecated: String? = nil,
        cost: GraphQLCost = .standard, _ resolve: @escaping @Sendable (Source) throws -> Output
    ) {
        add(
            name, type, [], description, deprecated, cost,
            PropertyResolver(resolve))
    }

    /// A field that needs its arguments or the context, and can be answered without waiting.
    public mutating func field<Output: GraphQLOutput>(
        _ name: String, _ type: String, arguments: [GraphQLInput] = [], description: String? = nil,
        deprecated: String? = nil, cost: GraphQLCost = .standard,
        _ resolve: @escaping @Sendable (Source, GraphQLCall<Context>) throws -> Output
    ) {
        add(
            name, type, arguments, description, deprecated, cost,
            CallResolver { (source: Source, call: GraphQLCall<Context>) in try resolve(source, call).graphQLValue })
    }

    /// A field whose answer has to be waited for. Those side by side are waited for together, except at the root of a
    /// mutation.
    public mutating func asyncField<Output: GraphQLOutput>(
        _ name: String, _ type: String, arguments: [GraphQLInput] = [], description: String? = nil,
        deprecated: String? = nil, cost: GraphQLCost = .standard,
        _ resolve: @escaping @Sendable (Source, GraphQLCall<Context>) async throws -> Output
    ) {
        add(
            name, type, arguments, description, deprecated, cost,
            AsyncResolver { (source: Source, call: GraphQLCall<Context>) in try await resolve(source, call).graphQLValue
            })
    }

    private mutating func add(
        _ name: String, _ type: String, _ arguments: [GraphQLInput], _ description: String?, _ deprecated: String?,
        _ cost: GraphQLCost, _ resolver: any FieldResolver
    ) {
        fields.append(
            FieldDraft(
                name: name, type: type, arguments: arguments, description: description, deprecationReason: deprecated,
                cost: cost, isAsync: resolver.isAsync))
        resolvers.append(resolver)
    }
}

/// The fields of an interface while a schema is put together.
public struct GraphQLDeclaredFields {
    var fields: [FieldDraft] = []

    public mutating func field(
        _ name: String, _ type: String, arguments: [GraphQLInput] = [], description: String? = nil,
        deprecated: String? = nil, cost: GraphQLCost = .standard
    ) {
        fields.append(
            FieldDraft(
                name: name, type: type, arguments: arguments, description: description, deprecationReason: deprecated,
                cost: cost, isAsync: false))
    }
}
