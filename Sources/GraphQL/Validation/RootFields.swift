/// The fields at the root of an operation, fragments spread out, grouped by their names in the response.
struct RootFields {
    private let document: Document
    private let schema: Schema
    private let root: TypeDefinition
    /// In the order the names come first.
    private(set) var groups: [[FieldSelection]] = []
    private var indexes: [String: Int] = [:]

    init(_ set: SelectionSet, on root: TypeDefinition, _ schema: Schema, _ document: Document) {
        self.document = document
        self.schema = schema
        self.root = root
        var seen: Set<String> = []
        // A stack of its own: fragments may spread fragments deeper than calls can be nested.
        var pending = [set.selections[...]]
        while var rest = pending.popLast() {
            guard let next = rest.popFirst() else { continue }
            pending.append(rest)
            guard Self.isIncluded(next.directives) else { continue }
            switch next {
            case .field(let field): add(field)
            case .inline(let fragment):
                if applies(fragment.typeCondition) { pending.append(fragment.selectionSet.selections[...]) }
            case .spread(let spread):
                guard seen.insert(spread.name.text).inserted, let fragment = document.fragments[spread.name.text],
                    applies(fragment.typeCondition)
                else { continue }
                pending.append(fragment.selectionSet.selections[...])
            }
        }
    }

    /// Without variables, of which nothing is known yet: one does not skip, and does not include.
    private static func isIncluded(_ directives: [AppliedDirective]) -> Bool {
        directives.allSatisfy { directive in
            guard let condition = directive.arguments.first(where: { $0.name.text == "if" }) else { return true }
            let isTrue = if case .bool(true) = condition.value.kind { true } else { false }
            return directive.name.text == "skip" ? !isTrue : directive.name.text == "include" ? isTrue : true
        }
    }

    private mutating func add(_ field: FieldSelection) {
        if let index = indexes[field.responseName] {
            groups[index].append(field)
        } else {
            indexes[field.responseName] = groups.count
            groups.append([field])
        }
    }

    private func applies(_ condition: Name?) -> Bool {
        guard let condition else { return true }
        return schema.type(named: condition.text)?.possibleTypes.contains(root.id) == true
    }
}
