/// What can be asked, and how it is answered. Immutable; safe to use from any task.
///
/// Put together once, when a program starts:
///
///     let schema = try GraphQLSchema<Context>(query: "Query") { types in
///         types.object("Query", of: Context.self) { query in
///             query.asyncField("events", "[Event!]!", arguments: [GraphQLInput("first", "Int!", default: "100")]) {
///                 context, call in
///                 try await context.store.events(call.arguments("first") ?? 100).map { GraphQLValue.object($0) }
///             }
///         }
///         types.object("Event", of: Event.self) { event in
///             event.field("id", "ID!") { $0.id }
///         }
///     }
public struct GraphQLSchema<Context: Sendable>: Sendable {
    public var limits: GraphQLLimits
    /// What to tell of an error that a resolver threw and that is no ``GraphQLError``. By default nothing but that there
    /// was one: such errors may hold what is not for the client.
    public var describeError: @Sendable (_ error: any Error, _ context: Context) -> GraphQLError = { _, _ in
        GraphQLError("The field could not be resolved.")
    }
    let schema: Schema

    /// - Parameters:
    ///   - query: the name of the object queries begin at; likewise the others.
    ///   - types: adds the types; those of introspection and the built-in scalars come by themselves.
    /// - Throws: everything that does not fit together.
    public init(
        query: String, mutation: String? = nil, subscription: String? = nil, description: String? = nil,
        limits: GraphQLLimits = .standard, _ types: (inout GraphQLTypes<Context>) -> Void
    ) throws(GraphQLSchemaError) {
        var drafts = GraphQLTypes<Context>()
        types(&drafts)
        let assembly = SchemaAssembly(drafts)
        schema = try assembly.schema(
            query: query, mutation: mutation, subscription: subscription, description: description,
            context: Context.self)
        self.limits = limits
    }

    /// What is wrong with a document, in the order of its text; empty when it could be executed.
    public func validate(_ query: String) -> [GraphQLError] {
        do {
            return Validator.errors(in: try Parser.document(query, limits: limits), schema, limits)
        } catch {
            return [error]
        }
    }
}

/// Why types do not make a schema.
public struct GraphQLSchemaError: Error, CustomStringConvertible {
    /// One sentence each.
    public var problems: [String]

    public var description: String { problems.joined(separator: "\n") }
}
