/// The source of a `__Type`.
struct IntrospectedType: Sendable {
    let schema: Schema
    let reference: TypeReference

    var value: GraphQLValue { .object(self) }

    /// Nil for lists and non-null wrappers.
    var definition: TypeDefinition? {
        if case .named(let id) = reference { schema.type(id) } else { nil }
    }

    var inner: IntrospectedType? {
        switch reference {
        case .named: nil
        case .list(let inner), .nonNull(let inner): IntrospectedType(schema: schema, reference: inner)
        }
    }

    var kind: String {
        switch reference {
        case .list: return "LIST"
        case .nonNull: return "NON_NULL"
        case .named(let id):
            switch schema.type(id).kind {
            case .scalar: return "SCALAR"
            case .object: return "OBJECT"
            case .interface: return "INTERFACE"
            case .union: return "UNION"
            case .enumeration: return "ENUM"
            case .input: return "INPUT_OBJECT"
            }
        }
    }

    func fields(_ arguments: GraphQLArguments) -> [GraphQLValue]? {
        guard let definition, !definition.fields.isEmpty else { return nil }
        return definition.fields
            .filter { $0.deprecationReason == nil || arguments.includeDeprecated }
            .map { .object(IntrospectedField(schema: schema, definition: $0)) }
    }

    var interfaces: [GraphQLValue]? {
        guard let definition, !definition.fields.isEmpty else { return nil }
        return definition.interfaces.map { IntrospectedType(schema: schema, reference: .named($0)).value }
    }

    var possibleTypes: [GraphQLValue]? {
        guard let definition, definition.isAbstract else { return nil }
        return definition.orderedPossibleTypes.map { IntrospectedType(schema: schema, reference: .named($0)).value }
    }

    func enumValues(_ arguments: GraphQLArguments) -> [GraphQLValue]? {
        guard case .enumeration(let values) = definition?.kind else { return nil }
        return
            values
            .filter { $0.deprecationReason == nil || arguments.includeDeprecated }
            .map { .object($0) }
    }

    func inputFields(_ arguments: GraphQLArguments) -> [GraphQLValue]? {
        guard case .input(let fields) = definition?.kind else { return nil }
        return IntrospectedInput.values(fields, schema, arguments)
    }
}

/// The source of a `__Field`.
struct IntrospectedField: Sendable {
    let schema: Schema
    let definition: FieldDefinition
}

/// The source of an `__InputValue`.
struct IntrospectedInput: Sendable {
    let schema: Schema
    let definition: InputDefinition

    static func values(
        _ definitions: [InputDefinition], _ schema: Schema, _ arguments: GraphQLArguments
    ) -> [GraphQLValue] {
        definitions
            .filter { $0.deprecationReason == nil || arguments.includeDeprecated }
            .map { .object(IntrospectedInput(schema: schema, definition: $0)) }
    }
}

/// The source of a `__Directive`.
struct IntrospectedDirective: Sendable {
    let schema: Schema
    let definition: DirectiveDefinition
}

extension GraphQLArguments {
    fileprivate var includeDeprecated: Bool { self("includeDeprecated") ?? false }
}
