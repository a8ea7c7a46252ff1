/// The types and directives behind a ``GraphQLSchema``, whatever its context.
final class Schema: Sendable {
    let description: String?
    let types: [TypeDefinition]
    let directives: [DirectiveDefinition]
    let query: TypeID
    let mutation: TypeID?
    let subscription: TypeID?
    private let typeIDs: [String: TypeID]
    /// The fields every composite type has, and those of the query root.
    private let typename: FieldDefinition
    private let schemaField: FieldDefinition
    private let typeField: FieldDefinition

    init(
        description: String?, types: [TypeDefinition], directives: [DirectiveDefinition], query: TypeID,
        mutation: TypeID?, subscription: TypeID?
    ) {
        self.description = description
        self.types = types
        self.directives = directives
        self.query = query
        self.mutation = mutation
        self.subscription = subscription
        typeIDs = Dictionary(zip(types.map(\.name), types.indices)) { first, _ in first }
        let string = TypeReference.nonNull(.named(typeIDs["String"] ?? 0))
        typename = FieldDefinition(name: "__typename", type: string, origin: .typename)
        schemaField = FieldDefinition(
            name: "__schema", type: .nonNull(.named(typeIDs["__Schema"] ?? 0)), origin: .schema)
        typeField = FieldDefinition(
            name: "__type", type: .named(typeIDs["__Type"] ?? 0),
            arguments: [InputDefinition(name: "name", type: string)], origin: .type)
    }

    func type(_ id: TypeID) -> TypeDefinition { types[id] }

    func type(named name: String) -> TypeDefinition? {
        typeIDs[name].map { types[$0] }
    }

    func directive(_ name: String) -> DirectiveDefinition? {
        directives.first { $0.name == name }
    }

    func root(_ kind: OperationKind) -> TypeDefinition? {
        switch kind {
        case .query: types[query]
        case .mutation: mutation.map { types[$0] }
        case .subscription: subscription.map { types[$0] }
        }
    }

    /// The field of a type, those that introspection adds included.
    func field(_ name: String, of type: TypeDefinition) -> FieldDefinition? {
        guard name.utf8.starts(with: "__".utf8) else { return type.field(name) }
        switch name {
        case "__typename" where type.isComposite: return typename
        case "__schema" where type.id == query: return schemaField
        case "__type" where type.id == query: return typeField
        default: return nil
        }
    }

    /// The type a notation means; nil when a name in it is unknown.
    func reference(_ notation: TypeNotation) -> TypeReference? {
        switch notation {
        case .named(let name): typeIDs[name.text].map(TypeReference.named)
        case .list(let item, offset: _): reference(item).map(TypeReference.list)
        case .nonNull(let nullable): reference(nullable).map(TypeReference.nonNull)
        }
    }

    /// A reference as a document writes it.
    func text(_ reference: TypeReference) -> String {
        switch reference {
        case .named(let id): types[id].name
        case .list(let item): "[\(text(item))]"
        case .nonNull(let nullable): "\(text(nullable))!"
        }
    }

    /// Whether some object is of both types.
    func overlap(_ one: TypeDefinition, _ other: TypeDefinition) -> Bool {
        one.id == other.id || !one.possibleTypes.isDisjoint(with: other.possibleTypes)
    }
}
