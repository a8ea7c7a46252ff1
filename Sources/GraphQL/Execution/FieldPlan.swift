import Synchronization

/// A field of a response for objects of one type: all selections under its name, merged, with what need not be worked out
/// again for each object.
final class FieldPlan: Sendable {
    /// Its name in the response.
    let key: String
    let selections: [FieldSelection]
    let definition: FieldDefinition
    /// The type of the objects it is resolved for.
    let parent: TypeID
    let arguments: Result<GraphQLArguments, GraphQLError>
    /// Whether resolving it, or something in it, may suspend.
    let isAsync: Bool
    /// `"key":`
    let keyText: [UInt8]
    /// When values are single scalars or values of enums: how they are written, and whether one may be null.
    let leaf: LeafRule?
    let isNonNull: Bool
    /// That at the core of its type.
    let type: TypeDefinition
    /// Nil for fields that the executor answers itself.
    let resolver: (any FieldResolver)?
    private let plans = Mutex<[TypeID: SelectionPlan]>([:])
    private let locations = Mutex<[GraphQLLocation]?>(nil)

    init(
        key: String, selections: [FieldSelection], definition: FieldDefinition, parent: TypeID,
        arguments: Result<GraphQLArguments, GraphQLError>, isAsync: Bool, schema: Schema
    ) {
        self.key = key
        self.selections = selections
        self.definition = definition
        self.parent = parent
        self.arguments = arguments
        self.isAsync = isAsync
        // Names need no escapes.
        keyText = Array("\"\(key)\":".utf8)
        type = schema.type(definition.type.named)
        isNonNull = definition.type.isNonNull
        if case .resolver(let index) = definition.origin, case .object(let resolver?) = schema.type(parent).kind {
            self.resolver = resolver.resolvers[index]
        } else {
            resolver = nil
        }
        leaf = definition.type.item == nil ? LeafRule(type) : nil
    }

    var selectionSets: [SelectionSet] { selections.compactMap(\.selectionSet) }

    /// The fields of objects of a type that the field answers with; made when the first such object comes.
    func plan(for type: TypeDefinition, in execution: Execution) -> SelectionPlan {
        plans.withLock { plans in
            if let known = plans[type.id] { return known }
            let new = execution.plan(selectionSets, for: type)
            plans[type.id] = new
            return new
        }
    }

    /// Where the document asks for it.
    func locations(in document: Document) -> [GraphQLLocation] {
        locations.withLock { locations in
            if let known = locations { return known }
            let new = selections.map { document.source.location(at: $0.offset) }
            locations = new
            return new
        }
    }
}

/// The fields of a response for objects of one type, in order.
struct SelectionPlan: Sendable {
    var type: TypeDefinition
    var fields: [FieldPlan]
    /// Whether some field may suspend.
    var isAsync: Bool
    /// Why it cannot be said which fields are selected: then the object is null.
    var error: GraphQLError?
}
