/// Finds the fields of an operation that may suspend, or hold such fields. All others are resolved without an await.
struct AsyncSelections {
    private let document: Document
    private let schema: Schema
    private var isAsync: [Bool]
    private var fragments: [String: Bool] = [:]

    /// Of each field selection, by its number, whether it may suspend; false for those of other operations.
    static func find(in operation: OperationDefinition, _ document: Document, _ schema: Schema) -> [Bool] {
        var search = AsyncSelections(
            document: document, schema: schema, isAsync: Array(repeating: false, count: document.fieldCount))
        // Fragments first, those that others spread before these, so that no call is nested for a spread.
        var usages = FragmentUsages(schema: schema, document: document)
        for fragment in usages.fragmentsBeforeTheirSpreads(in: operation.selectionSet) {
            search.fragments[fragment.name.text] = search.visit(
                fragment.selectionSet, on: schema.type(named: fragment.typeCondition.text))
        }
        _ = search.visit(operation.selectionSet, on: schema.root(operation.kind))
        return search.isAsync
    }

    private init(document: Document, schema: Schema, isAsync: [Bool]) {
        self.document = document
        self.schema = schema
        self.isAsync = isAsync
    }

    private mutating func visit(_ set: SelectionSet, on parent: TypeDefinition?) -> Bool {
        var any = false
        for selection in set.selections {
            switch selection {
            case .field(let field):
                let definition = parent.flatMap { schema.field(field.name.text, of: $0) }
                var isAsync = definition?.isAsync == true
                if let inner = field.selectionSet {
                    let isInnerAsync = visit(inner, on: definition.map { schema.type($0.type.named) })
                    isAsync = isAsync || isInnerAsync
                }
                self.isAsync[field.number] = isAsync
                any = any || isAsync
            case .inline(let fragment):
                let type = fragment.typeCondition.map { schema.type(named: $0.text) } ?? parent
                let isAsync = visit(fragment.selectionSet, on: type)
                any = any || isAsync
            case .spread(let spread): any = any || fragments[spread.name.text] == true
            }
        }
        return any
    }
}
