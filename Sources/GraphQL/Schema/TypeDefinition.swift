/// A named type of a schema.
final class TypeDefinition: Sendable {
    enum Kind: Sendable {
        case scalar(ScalarRule)
        /// The resolver is nil for root types that are only declared.
        case object(ObjectResolver?)
        case interface
        case union
        case enumeration([EnumValue])
        case input([InputDefinition])
    }

    struct EnumValue: Sendable {
        var name: String
        var description: String?
        var deprecationReason: String?
    }

    let id: TypeID
    let name: String
    let description: String?
    let kind: Kind
    /// Of scalars: where their meaning is specified.
    let specifiedByURL: String?
    /// Of objects and interfaces, in the order they were defined.
    let fields: [FieldDefinition]
    /// Of objects and interfaces: what they implement.
    let interfaces: [TypeID]
    /// The objects a value of this type can be: for an object itself; none for types that have no fields.
    let possibleTypes: Set<TypeID>
    /// As defined, for introspection.
    let orderedPossibleTypes: [TypeID]
    /// Whether values of it have fields to select.
    let isComposite: Bool
    let isLeaf: Bool
    let isObject: Bool
    private let fieldIndexes: [String: Int]
    private let inputIndexes: [String: Int]

    init(
        id: TypeID, name: String, description: String?, kind: Kind, specifiedByURL: String? = nil,
        fields: [FieldDefinition] = [], interfaces: [TypeID] = [], possibleTypes: [TypeID] = []
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.kind = kind
        self.specifiedByURL = specifiedByURL
        switch kind {
        case .object, .interface, .union: isComposite = true
        case .scalar, .enumeration, .input: isComposite = false
        }
        switch kind {
        case .scalar, .enumeration: isLeaf = true
        case .object, .interface, .union, .input: isLeaf = false
        }
        isObject = if case .object = kind { true } else { false }
        self.fields = fields
        self.interfaces = interfaces
        self.possibleTypes = Set(possibleTypes)
        orderedPossibleTypes = possibleTypes
        fieldIndexes = Dictionary(zip(fields.map(\.name), fields.indices)) { first, _ in first }
        if case .input(let inputs) = kind {
            inputIndexes = Dictionary(zip(inputs.map(\.name), inputs.indices)) { first, _ in first }
        } else {
            inputIndexes = [:]
        }
    }

    func field(_ name: String) -> FieldDefinition? {
        fieldIndexes[name].map { fields[$0] }
    }

    /// Of an input object.
    func inputField(_ name: String) -> InputDefinition? {
        inputIndexes[name].map { inputFields[$0] }
    }

    var inputFields: [InputDefinition] {
        if case .input(let inputs) = kind { inputs } else { [] }
    }

    var enumValues: [EnumValue] {
        if case .enumeration(let values) = kind { values } else { [] }
    }

    /// Whether arguments and variables can have it.
    var isInput: Bool {
        if case .input = kind { true } else { isLeaf }
    }

    var isAbstract: Bool { isComposite && !isObject }
}

/// A field of an object or interface.
final class FieldDefinition: Sendable {
    /// Where its value comes from.
    enum Origin: Sendable {
        /// The object's resolver of this number.
        case resolver(Int)
        /// `__typename`, `__schema`, `__type`: the executor itself.
        case typename, schema, type
    }

    let name: String
    let description: String?
    let type: TypeReference
    let arguments: [InputDefinition]
    let deprecationReason: String?
    let origin: Origin
    /// Whether resolving it may suspend; of an interface: whether it may in any of its objects.
    let isAsync: Bool
    let cost: GraphQLCost

    init(
        name: String, description: String? = nil, type: TypeReference, arguments: [InputDefinition] = [],
        deprecationReason: String? = nil, origin: Origin, isAsync: Bool = false, cost: GraphQLCost = .standard
    ) {
        self.name = name
        self.description = description
        self.type = type
        self.arguments = arguments
        self.deprecationReason = deprecationReason
        self.origin = origin
        self.isAsync = isAsync
        self.cost = cost
    }
}
