/// How much an operation asks for, fragments spread out: known before anything is resolved.
struct OperationSize {
    /// Levels of fields.
    var depth = 0
    var fields = 0
    /// See ``GraphQLCost``.
    var cost = 0

    /// What is beyond the limits; nil when nothing is.
    func excess(_ limits: GraphQLLimits) -> String? {
        if depth > limits.maximumDepth {
            return "its fields are nested in \(depth) levels; \(limits.maximumDepth) are allowed"
        }
        if fields > limits.maximumFields { return "it has \(fields) fields; \(limits.maximumFields) are allowed" }
        if cost > limits.maximumCost { return "it costs \(cost); \(limits.maximumCost) is allowed" }
        return nil
    }

    /// Adds what stands beside it. Sums stop at the largest number, for documents can be made to exceed it.
    private mutating func add(_ other: OperationSize) {
        depth = max(depth, other.depth)
        fields = fields.addingSaturating(other.fields)
        cost = cost.addingSaturating(other.cost)
    }

    /// Measures an operation that has been validated. Each fragment is measured once, however often it is spread.
    static func measure(_ operation: OperationDefinition, _ execution: Execution) -> OperationSize {
        var measurement = Measurement(execution: execution)
        var usages = FragmentUsages(schema: execution.schema, document: execution.document)
        for fragment in usages.fragmentsBeforeTheirSpreads(in: operation.selectionSet) {
            let type = execution.schema.type(named: fragment.typeCondition.text)
            measurement.fragments[fragment.name.text] = measurement.measure(fragment.selectionSet, on: type)
        }
        return measurement.measure(operation.selectionSet, on: execution.schema.root(operation.kind))
    }

    private struct Measurement {
        let execution: Execution
        var fragments: [String: OperationSize] = [:]

        func measure(_ set: SelectionSet, on parent: TypeDefinition?) -> OperationSize {
            var size = OperationSize()
            for selection in set.selections where execution.isIncluded(selection.directives) {
                switch selection {
                case .field(let field): size.add(measure(field, on: parent))
                case .inline(let fragment):
                    let type = fragment.typeCondition.map { execution.schema.type(named: $0.text) } ?? parent
                    size.add(measure(fragment.selectionSet, on: type))
                case .spread(let spread): size.add(fragments[spread.name.text] ?? OperationSize())
                }
            }
            return size
        }

        private func measure(_ field: FieldSelection, on parent: TypeDefinition?) -> OperationSize {
            let definition = parent.flatMap { execution.schema.field(field.name.text, of: $0) }
            let type = definition.map { execution.schema.type($0.type.named) }
            let inner = field.selectionSet.map { measure($0, on: type) } ?? OperationSize()
            var times = 1
            // Arguments that do not fit fail the field when it is executed.
            if let definition, let size = definition.cost.size,
                case .success(let arguments) = execution.arguments(of: field, definition)
            {
                times = max(1, size(arguments))
            }
            let weight = definition?.cost.weight ?? 1
            return OperationSize(
                depth: inner.depth + 1, fields: inner.fields.addingSaturating(1),
                cost: inner.cost.multipliedSaturating(by: times).addingSaturating(weight))
        }
    }
}

extension Int {
    fileprivate func addingSaturating(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    fileprivate func multipliedSaturating(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
