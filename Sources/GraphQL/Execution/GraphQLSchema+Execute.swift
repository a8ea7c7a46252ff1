import LosslessJSON

extension GraphQLSchema {
    /// Answers a request: parses and validates its document, and executes the operation it names.
    ///
    /// What can be resolved without waiting is, on the calling task. Cancelling the task is for resolvers to notice.
    /// - Parameter context: the source of the fields at the root, and what resolvers are given besides.
    public func execute(_ request: GraphQLRequest, context: Context) async -> GraphQLResponse {
        do {
            let (execution, operation) = try prepare(request, context: context)
            return await execute(operation, execution, context)
        } catch {
            return GraphQLResponse(data: nil, errors: error.errors)
        }
    }

    /// Everything before the first resolver.
    private func prepare(
        _ request: GraphQLRequest, context: Context
    ) throws(RequestErrors) -> (Execution, OperationDefinition) {
        let document: Document
        do {
            document = try Parser.document(request.query, limits: limits)
        } catch {
            throw RequestErrors(errors: [error])
        }
        let errors = Validator.errors(in: document, schema, limits)
        guard errors.isEmpty else { throw RequestErrors(errors: errors) }
        let operation = try operation(request.operationName, in: document)
        let variables = try VariableCoercion(schema: schema, source: document.source)
            .values(of: operation.variables, given: request.variables)
        let describe = describeError
        let execution = Execution(
            schema: schema, document: document, operation: operation, variables: variables, context: context,
            describeError: { describe($0, context) })
        if let excess = OperationSize.measure(operation, execution).excess(limits) {
            throw refusal("The operation asks for too much: \(excess).", operation, document)
        }
        return (execution, operation)
    }

    private func operation(_ name: String?, in document: Document) throws(RequestErrors) -> OperationDefinition {
        let candidates = document.operations.filter { name == nil || $0.name?.text == name }
        guard let operation = candidates.first else {
            throw RequestErrors(
                errors: [GraphQLError(name.map { "There is no operation \($0)." } ?? "There is no operation.")])
        }
        guard candidates.count == 1 else {
            throw RequestErrors(errors: [GraphQLError("Of several operations, operationName has to name one.")])
        }
        guard operation.kind != .subscription else {
            throw refusal("Subscriptions are not executed here.", operation, document)
        }
        guard schema.root(operation.kind) != nil else {
            throw refusal("There are no operations of kind \(operation.kind.rawValue) here.", operation, document)
        }
        return operation
    }

    private func refusal(_ message: String, _ operation: OperationDefinition, _ document: Document) -> RequestErrors {
        RequestErrors(errors: [document.error(message, at: [operation.offset])])
    }

    private func execute(
        _ operation: OperationDefinition, _ execution: Execution, _ context: Context
    ) async -> GraphQLResponse {
        guard let root = schema.root(operation.kind) else { return GraphQLResponse(data: .null) }
        let plan = execution.plan([operation.selectionSet], for: root)
        if let error = plan.error { return GraphQLResponse(data: .null, errors: [error]) }
        let part = await execution.part(
            of: TypedSource(context), plan, path: [], inOrder: operation.kind == .mutation)
        return GraphQLResponse(data: part.isFailed ? .null : part.json, errors: part.errors)
    }
}
