/// Checks a document against a schema by the rules of the specification's chapter on validation.
///
/// One walk through the document applies all rules, so that errors come in the order of the text. Where several rules
/// look at one node, that which comes first in the list below speaks first; what is known of a node only from what is
/// in it (missing arguments, variables, fragments) is told when it has been walked through.
///
/// Entering: executable definitions only; operation names distinct; an anonymous operation alone; one root field of a
/// subscription; fragments on composite types; variables of input types; leaves without selections and others with; fields exist;
/// fragment names distinct; fragments exist; spreads possible; no cycles of fragments; variable names distinct;
/// directives exist, where they may stand, once; arguments exist; arguments distinct; values of their types; fields that
/// merge agree; input fields distinct. Leaving: required arguments; variables defined, used, and allowed where they are
/// used; fragments used.
final class Validator {
    /// Enough has been said.
    struct Stop: Error {}

    let schema: Schema
    let document: Document
    let limits: GraphQLLimits
    private(set) var errors: [GraphQLError] = []
    private var operationNames: [String: Name] = [:]
    private var fragmentNames: [String: Name] = [:]
    var overlaps: OverlappingFields
    var usages: FragmentUsages
    /// Fragments that have been searched for cycles.
    var searchedFragments: Set<String> = []

    private init(_ document: Document, _ schema: Schema, _ limits: GraphQLLimits) {
        self.schema = schema
        self.document = document
        self.limits = limits
        usages = FragmentUsages(schema: schema, document: document)
        overlaps = OverlappingFields(schema: schema, document: document, maximumComparisons: limits.maximumComparisons)
    }

    /// What is wrong with a document, in the order described above.
    static func errors(in document: Document, _ schema: Schema, _ limits: GraphQLLimits) -> [GraphQLError] {
        let validator = Validator(document, schema, limits)
        do {
            try validator.walk()
        } catch {
            // The errors say it.
        }
        return validator.errors
    }

    /// - Parameter offsets: of what is to blame, the first in the text first.
    func report(_ message: String, at offsets: Int...) throws(Stop) {
        try report(message, at: offsets)
    }

    func report(_ message: String, at offsets: [Int]) throws(Stop) {
        guard errors.count < limits.maximumErrors else {
            errors.append(GraphQLError("There are more errors than these."))
            throw Stop()
        }
        // Of very many places a few are enough; each costs a search through the text.
        errors.append(document.error(message, at: Array(offsets.prefix(10))))
    }

    private func walk() throws(Stop) {
        for definition in document.definitions {
            if case .typeSystem(let title, let offset) = definition {
                try report("The definition of \(title) cannot be executed.", at: offset)
            }
        }
        for definition in document.definitions {
            switch definition {
            case .operation(let operation): try walk(operation)
            case .fragment(let fragment): try walk(fragment)
            case .typeSystem: break
            }
        }
        try checkFragmentsAreUsed()
    }

    private func walk(_ operation: OperationDefinition) throws(Stop) {
        let root = schema.root(operation.kind)
        if let name = operation.name {
            if let other = operationNames[name.text] {
                try report("There are two operations \(name.text).", at: other.offset, name.offset)
            } else {
                operationNames[name.text] = name
            }
        } else if document.operations.count > 1 {
            try report("An operation without name must be the only one.", at: operation.offset)
        }
        if operation.kind == .subscription, let root { try checkSubscription(operation, root) }
        try checkVariablesAreDistinct(operation)
        try checkDirectivesAreDistinct(operation.directives)
        for variable in operation.variables { try walk(variable) }
        try walk(operation.directives, at: DirectiveLocation(operation.kind))
        try walk(operation.selectionSet, on: root)
        try checkVariables(of: operation)
    }

    private func walk(_ variable: VariableDefinition) throws(Stop) {
        let type = schema.reference(variable.type)
        if let type, !schema.type(type.named).isInput {
            try report(
                "Variable $\(variable.name.text) cannot be of \(variable.type), which is no input type.",
                at: variable.type.offset)
        }
        try checkDirectivesAreDistinct(variable.directives)
        try checkTypeExists(variable.type.name)
        if let value = variable.defaultValue { try walk(value, as: type.flatMap(inputType)) }
        try walk(variable.directives, at: .variableDefinition)
    }

    /// The type, when values can be of it.
    private func inputType(_ type: TypeReference) -> TypeReference? {
        schema.type(type.named).isInput ? type : nil
    }

    private func walk(_ fragment: FragmentDefinition) throws(Stop) {
        let type = schema.type(named: fragment.typeCondition.text)
        try checkIsComposite(type, fragment.typeCondition)
        let name = fragment.name
        if let other = fragmentNames[name.text] {
            try report("There are two fragments \(name.text).", at: other.offset, name.offset)
        } else {
            fragmentNames[name.text] = name
        }
        try checkForCycles(fragment)
        try checkDirectivesAreDistinct(fragment.directives)
        try checkTypeExists(fragment.typeCondition)
        try walk(fragment.directives, at: .fragmentDefinition)
        try walk(fragment.selectionSet, on: type)
    }

    func checkTypeExists(_ name: Name) throws(Stop) {
        guard schema.type(named: name.text) == nil else { return }
        try report("There is no type \(name.text).", at: name.offset)
    }

    func checkIsComposite(_ type: TypeDefinition?, _ condition: Name) throws(Stop) {
        guard let type, !type.isComposite else { return }
        try report("A fragment cannot be on \(type.name), which has no fields.", at: condition.offset)
    }
}

extension DirectiveLocation {
    init(_ kind: OperationKind) {
        switch kind {
        case .query: self = .query
        case .mutation: self = .mutation
        case .subscription: self = .subscription
        }
    }
}
