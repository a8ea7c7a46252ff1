/// Resolves one field. It alone knows the Swift type behind its object.
protocol FieldResolver: AnyObject, Sendable {
    var isAsync: Bool { get }

    /// Resolves a field without waiting.
    ///
    /// - Parameter source: what the object's resolver accepts.
    func resolve(_ source: any SourceBox, _ field: FieldPlan, _ execution: Execution) throws -> GraphQLValue

    /// Resolves a field that may suspend.
    func resolveAsync(
        _ source: any SourceBox, _ field: FieldPlan, _ execution: Execution
    ) async throws -> GraphQLValue
}

extension FieldResolver {
    var isAsync: Bool { false }

    func resolveAsync(
        _ source: any SourceBox, _ field: FieldPlan, _ execution: Execution
    ) async throws -> GraphQLValue {
        try resolve(source, field, execution)
    }
}

/// Reads a field from the source alone.
final class PropertyResolver<Source: Sendable, Output: GraphQLOutput>: FieldResolver {
    private let read: @Sendable (Source) throws -> Output

    init(_ read: @escaping @Sendable (Source) throws -> Output) {
        self.read = read
    }

    func resolve(_ source: any SourceBox, _ field: FieldPlan, _ execution: Execution) throws -> GraphQLValue {
        // The type was checked for the whole object.
        try read(unsafeDowncast(source, to: TypedSource<Source>.self).value).graphQLValue
    }
}

/// Reads a field given its arguments and the context.
final class CallResolver<Context: Sendable, Source: Sendable>: FieldResolver {
    private let read: @Sendable (Source, GraphQLCall<Context>) throws -> GraphQLValue

    init(_ read: @escaping @Sendable (Source, GraphQLCall<Context>) throws -> GraphQLValue) {
        self.read = read
    }

    func resolve(_ source: any SourceBox, _ field: FieldPlan, _ execution: Execution) throws -> GraphQLValue {
        try read(unsafeDowncast(source, to: TypedSource<Source>.self).value, GraphQLCall(field, execution))
    }
}

/// Waits for a field.
final class AsyncResolver<Context: Sendable, Source: Sendable>: FieldResolver {
    private let read: @Sendable (Source, GraphQLCall<Context>) async throws -> GraphQLValue

    init(_ read: @escaping @Sendable (Source, GraphQLCall<Context>) async throws -> GraphQLValue) {
        self.read = read
    }

    var isAsync: Bool { true }

    func resolve(_ source: any SourceBox, _ field: FieldPlan, _ execution: Execution) throws -> GraphQLValue {
        throw Misuse(message: "Field \(field.definition.name) cannot be resolved without waiting.")
    }

    func resolveAsync(
        _ source: any SourceBox, _ field: FieldPlan, _ execution: Execution
    ) async throws -> GraphQLValue {
        try await read(unsafeDowncast(source, to: TypedSource<Source>.self).value, GraphQLCall(field, execution))
    }
}
