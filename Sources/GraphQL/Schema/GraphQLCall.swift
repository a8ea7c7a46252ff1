/// What a resolver is told besides its source.
public struct GraphQLCall<Context: Sendable>: Sendable {
    /// What was given to ``GraphQLSchema/execute(_:context:)``.
    public let context: Context
    public let arguments: GraphQLArguments
    private let field: FieldPlan
    private let execution: Execution

    /// - Throws: why the field's arguments have no values.
    init(_ field: FieldPlan, _ execution: Execution) throws {
        guard let context = execution.context as? Context else {
            throw Misuse(message: "The context is a \(type(of: execution.context)), not a \(Context.self).")
        }
        self.context = context
        arguments = try field.arguments.get()
        self.field = field
        self.execution = execution
    }

    /// Whether a field is selected below this one, by names (not aliases) from here:
    /// `call.selects("edges", "node", "payload")`. Fields that are skipped by directives do not count.
    ///
    /// So that a resolver need not fetch what nobody asked for.
    public func selects(_ path: String...) -> Bool {
        execution.selects(path[...], in: field.selectionSets)
    }
}
