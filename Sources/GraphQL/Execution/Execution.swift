import LosslessJSON

/// One operation that is executed: what stays the same for all its fields.
final class Execution: Sendable {
    let schema: Schema
    let document: Document
    let variables: [String: JSONValue]
    let context: any Sendable
    /// Of the schema, with the context put in.
    let describeError: @Sendable (any Error) -> GraphQLError
    /// Of each field selection, by its number: whether something in it may suspend.
    private let asyncSelections: [Bool]
    private let coercion: LiteralCoercion

    init(
        schema: Schema, document: Document, operation: OperationDefinition, variables: [String: JSONValue],
        context: any Sendable, describeError: @escaping @Sendable (any Error) -> GraphQLError
    ) {
        self.schema = schema
        self.document = document
        self.variables = variables
        self.context = context
        self.describeError = describeError
        coercion = LiteralCoercion(types: schema.types, variables: variables)
        asyncSelections = AsyncSelections.find(in: operation, document, schema)
    }

    /// The fields to resolve for an object of a type: selections that directives leave out and fragments on other types
    /// left out, the others merged by their names in the response.
    func plan(_ sets: [SelectionSet], for type: TypeDefinition) -> SelectionPlan {
        var keys: [String] = []
        var groups: [String: [FieldSelection]] = [:]
        let error = forEachField(of: sets, appliesTo: { $0 == nil || $0?.possibleTypes.contains(type.id) == true }) {
            field in
            if groups[field.responseName] == nil { keys.append(field.responseName) }
            groups[field.responseName, default: []].append(field)
        }
        let fields = keys.compactMap { key -> FieldPlan? in
            guard let selections = groups[key], let first = selections.first,
                let definition = schema.field(first.name.text, of: type)
            else { return nil }
            return FieldPlan(
                key: key, selections: selections, definition: definition, parent: type.id,
                arguments: arguments(of: first, definition),
                isAsync: selections.contains { asyncSelections[$0.number] }, schema: schema)
        }
        return SelectionPlan(type: type, fields: fields, isAsync: fields.contains(where: \.isAsync), error: error)
    }

    /// Whether a field is selected, by its names from these selection sets on, whatever types it is selected for.
    func selects(_ path: ArraySlice<String>, in sets: [SelectionSet]) -> Bool {
        guard let name = path.first else { return true }
        var inner: [SelectionSet] = []
        var isFound = false
        forEachField(of: sets, appliesTo: { _ in true }) { field in
            guard field.name.text == name else { return }
            isFound = true
            if let set = field.selectionSet { inner.append(set) }
        }
        return isFound && (path.count == 1 || selects(path.dropFirst(), in: inner))
    }

    /// - Parameter appliesTo: whether fragments on a type are looked into; nil for those without a type.
    /// - Returns: why it ended early.
    @discardableResult
    private func forEachField(
        of sets: [SelectionSet], appliesTo: (TypeDefinition?) -> Bool, _ body: (FieldSelection) -> Void
    ) -> GraphQLError? {
        var seen: Set<String> = []
        // A stack of its own: fragments may spread fragments deeper than calls can be nested.
        var pending = sets.reversed().map { $0.selections[...] }
        while var rest = pending.popLast() {
            guard let next = rest.popFirst() else { continue }
            pending.append(rest)
            if let error = missingCondition(next.directives) { return error }
            guard isIncluded(next.directives) else { continue }
            switch next {
            case .field(let field): body(field)
            case .inline(let fragment):
                guard appliesTo(fragment.typeCondition.flatMap { schema.type(named: $0.text) }) else { continue }
                pending.append(fragment.selectionSet.selections[...])
            case .spread(let spread):
                guard seen.insert(spread.name.text).inserted, let fragment = document.fragments[spread.name.text],
                    appliesTo(schema.type(named: fragment.typeCondition.text))
                else { continue }
                pending.append(fragment.selectionSet.selections[...])
            }
        }
        return nil
    }

    /// A variable with a default may stand for `if`, and be given as null all the same.
    private func missingCondition(_ directives: [AppliedDirective]) -> GraphQLError? {
        for name in ["skip", "include"] {
            guard let directive = directives.first(where: { $0.name.text == name }),
                let argument = directive.arguments.first(where: { $0.name.text == "if" })
            else { continue }
            guard let condition = condition(directive) else {
                return document.source.error("Argument of @\(name): if must not be null.", at: argument.value.offset)
            }
            // The other one is not asked then.
            if name == "skip", condition { return nil }
        }
        return nil
    }

    /// Whether `@skip` and `@include` leave a selection in.
    func isIncluded(_ directives: [AppliedDirective]) -> Bool {
        directives.allSatisfy { directive in
            switch directive.name.text {
            case "skip": condition(directive) != true
            case "include": condition(directive) != false
            default: true
            }
        }
    }

    private func condition(_ directive: AppliedDirective) -> Bool? {
        guard let argument = directive.arguments.first(where: { $0.name.text == "if" }) else { return nil }
        return Bool(graphQL: JSONValue(argument.value, variables: variables))
    }

    func arguments(
        of field: FieldSelection, _ definition: FieldDefinition
    ) -> Result<GraphQLArguments, GraphQLError> {
        do {
            return .success(
                try coercion.arguments(field.arguments, for: definition.arguments, at: field.offset))
        } catch {
            return .failure(
                document.source.error("Argument of \(field.name.text): \(error.reason).", at: error.offset))
        }
    }

    /// The answer of a field that introspection adds to every object or to the root.
    func meta(_ field: FieldPlan) throws -> GraphQLValue {
        switch field.definition.origin {
        case .typename: return .string(schema.type(field.parent).name)
        case .schema: return .object(schema)
        case .type:
            guard let type = try field.arguments.get()("name", as: String.self).flatMap(schema.type(named:)) else {
                return .null
            }
            return .object(IntrospectedType(schema: schema, reference: .named(type.id)))
        case .resolver: return .null
        }
    }
}
