import LosslessJSON

/// Makes a schema of drafts: resolves names to types, and collects what does not fit together.
struct SchemaAssembly {
    private var drafts: [TypeDraft]
    private let directives: [DirectiveDraft]
    private var ids: [String: TypeID] = [:]
    private(set) var problems: [String] = []

    init<Context>(_ types: GraphQLTypes<Context>) {
        var all = types
        for (name, description, rule) in ScalarRule.builtIn {
            all.types.append(TypeDraft(name: name, description: description, kind: .scalar(rule)))
        }
        for draft in types.types where draft.name.hasPrefix("__") {
            problems.append("The name \(draft.name) is reserved for introspection.")
        }
        Introspection.add(to: &all)
        drafts = all.types
        directives = DirectiveDraft.builtIn + types.directives
        for (index, draft) in drafts.enumerated() {
            if ids.updateValue(index, forKey: draft.name) != nil {
                problems.append("Type \(draft.name) is defined twice.")
            }
        }
    }

    func schema(
        query: String, mutation: String?, subscription: String?, description: String?, context: Any.Type
    ) throws(GraphQLSchemaError) -> Schema {
        var assembly = self
        // Inputs come first: default values are checked against them.
        var inputs = assembly.drafts.map { draft -> [InputDefinition] in
            guard case .input(let fields) = draft.kind else { return [] }
            return assembly.inputs(fields, of: draft.name)
        }
        var coercion = LiteralCoercion(types: [], variables: [:])
        // A default may build on defaults of other inputs, and these on others again.
        for _ in 0...inputs.count(where: { !$0.isEmpty }) {
            let shells = assembly.drafts.indices.map { assembly.type($0, inputs: inputs[$0], fields: []) }
            coercion = LiteralCoercion(types: shells, variables: [:])
            inputs = inputs.map { assembly.withDefaults($0, coercion) }
        }
        let types = assembly.drafts.indices.map { index in
            let fields = assembly.fields(of: assembly.drafts[index], coercion)
            return assembly.type(index, inputs: inputs[index], fields: fields)
        }
        let definitions = assembly.directives.map { assembly.directive($0, coercion) }
        let root = assembly.root(query, context)
        let others = [mutation.map { assembly.root($0, context) }, subscription.map { assembly.root($0, context) }]
        var problems = assembly.problems
        problems += SchemaChecks(types: types).problems
        problems = problems.indices.filter { problems.firstIndex(of: problems[$0]) == $0 }.map { problems[$0] }
        guard problems.isEmpty, let root else { throw GraphQLSchemaError(problems: problems) }
        return Schema(
            description: description, types: types, directives: definitions, query: root, mutation: others[0] ?? nil,
            subscription: others[1] ?? nil)
    }

    private mutating func root(_ name: String, _ context: Any.Type) -> TypeID? {
        guard let id = ids[name], case .object(let resolver) = drafts[id].kind else {
            problems.append("The root type \(name) is not a defined object.")
            return nil
        }
        if let source = resolver?.source, source != context {
            problems.append("The source of the root type \(name) is \(source), not the context, \(context).")
        }
        return id
    }

    private mutating func type(_ id: TypeID, inputs: [InputDefinition], fields: [FieldDefinition]) -> TypeDefinition {
        let draft = drafts[id]
        let kind: TypeDefinition.Kind
        var possibleTypes: [TypeID] = []
        switch draft.kind {
        case .scalar(let rule): kind = .scalar(rule)
        case .object(let resolver):
            kind = .object(resolver)
            possibleTypes = [id]
        case .interface:
            kind = .interface
            possibleTypes = drafts.indices.filter {
                if case .object = drafts[$0].kind { drafts[$0].interfaces.contains(draft.name) } else { false }
            }
        case .union(let members):
            kind = .union
            possibleTypes = members.compactMap { ids[$0] }
        case .enumeration(let values):
            kind = .enumeration(
                values.map {
                    TypeDefinition.EnumValue(
                        name: $0.name, description: $0.description, deprecationReason: $0.deprecationReason)
                })
        case .input: kind = .input(inputs)
        }
        return TypeDefinition(
            id: id, name: draft.name, description: draft.description, kind: kind, specifiedByURL: draft.specifiedByURL,
            fields: fields, interfaces: draft.interfaces.compactMap { ids[$0] }, possibleTypes: possibleTypes)
    }

    private mutating func fields(of draft: TypeDraft, _ coercion: LiteralCoercion) -> [FieldDefinition] {
        reportUnknownNames(in: draft)
        return draft.fields.enumerated().compactMap { index, field in
            guard let type = reference(field.type, at: "\(draft.name).\(field.name)") else { return nil }
            let arguments = inputs(field.arguments, of: "\(draft.name).\(field.name)")
            return FieldDefinition(
                name: field.name, description: field.description, type: type,
                arguments: withDefaults(arguments, coercion), deprecationReason: field.deprecationReason,
                origin: .resolver(index), isAsync: field.isAsync || isAsyncInObjects(field.name, of: draft),
                cost: field.cost)
        }
    }

    /// Whether some object that implements this interface may suspend for the field.
    private func isAsyncInObjects(_ name: String, of draft: TypeDraft) -> Bool {
        guard case .interface = draft.kind else { return false }
        return drafts.contains { other in
            other.interfaces.contains(draft.name) && other.fields.contains { $0.name == name && $0.isAsync }
        }
    }

    private mutating func reportUnknownNames(in draft: TypeDraft) {
        var names = draft.interfaces
        if case .union(let members) = draft.kind { names += members }
        for name in names where ids[name] == nil { problems.append("\(draft.name): type \(name) is not defined.") }
    }

    /// Inputs with the text of their defaults only.
    private mutating func inputs(_ drafts: [GraphQLInput], of place: String) -> [InputDefinition] {
        drafts.compactMap { draft in
            guard let type = reference(draft.type, at: "\(place)(\(draft.name))") else { return nil }
            return InputDefinition(
                name: draft.name, description: draft.description, type: type,
                defaultValue: draft.defaultValue.map { InputDefinition.Default(value: .null, text: $0) },
                deprecationReason: draft.deprecationReason)
        }
    }

    private mutating func withDefaults(_ inputs: [InputDefinition], _ coercion: LiteralCoercion) -> [InputDefinition] {
        inputs.map { input in
            var input = input
            guard let text = input.defaultValue?.text else { return input }
            do {
                let literal = try Parser.constant(text)
                guard let value = try coercion.value(literal, as: input.type) else { return input }
                input.defaultValue = InputDefinition.Default(value: value, text: literal.canonicalText)
            } catch {
                problems.append("The default \(text) of \(input.name) does not fit its type: \(error)")
            }
            return input
        }
    }

    private mutating func directive(_ draft: DirectiveDraft, _ coercion: LiteralCoercion) -> DirectiveDefinition {
        let locations = draft.locations.compactMap { name in
            let location = DirectiveLocation(rawValue: name)
            if location == nil { problems.append("@\(draft.name): there is no location \(name).") }
            return location
        }
        let arguments = inputs(draft.arguments, of: "@\(draft.name)")
        return DirectiveDefinition(
            name: draft.name, description: draft.description, locations: locations,
            arguments: withDefaults(arguments, coercion), isRepeatable: draft.isRepeatable)
    }

    private mutating func reference(_ text: String, at place: String) -> TypeReference? {
        do {
            return try reference(try Parser.type(text), at: place)
        } catch {
            problems.append("\(place): \(text) is not a type: \(error)")
            return nil
        }
    }

    private func reference(_ notation: TypeNotation, at place: String) throws -> TypeReference {
        switch notation {
        case .named(let name):
            guard let id = ids[name.text] else { throw Misuse(message: "it is not defined") }
            return .named(id)
        case .list(let item, offset: _): return .list(try reference(item, at: place))
        case .nonNull(let nullable): return .nonNull(try reference(nullable, at: place))
        }
    }
}

extension DirectiveDraft {
    static let builtIn: [DirectiveDraft] = [
        DirectiveDraft(
            name: "include", description: "Leaves the selection out unless `if` is true.",
            locations: ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
            arguments: [GraphQLInput("if", "Boolean!", description: "Whether it is included.")]),
        DirectiveDraft(
            name: "skip", description: "Leaves the selection out when `if` is true.",
            locations: ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
            arguments: [GraphQLInput("if", "Boolean!", description: "Whether it is skipped.")]),
        DirectiveDraft(
            name: "deprecated", description: "Should no longer be used.",
            locations: ["FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE"],
            arguments: [
                GraphQLInput(
                    "reason", "String", default: "\"No longer supported\"", description: "And what to use instead.")
            ]),
        DirectiveDraft(
            name: "specifiedBy", description: "Where the meaning of a scalar is written down.", locations: ["SCALAR"],
            arguments: [GraphQLInput("url", "String!", description: "Of the specification.")]),
    ]
}
