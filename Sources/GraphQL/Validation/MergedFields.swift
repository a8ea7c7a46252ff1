/// The fields of a selection set, those in inline fragments included, and the fragments it spreads.
final class MergedFields {
    /// One field with what is known of it.
    struct Entry {
        var field: FieldSelection
        var parent: TypeDefinition?
        var definition: FieldDefinition?
    }

    /// That of the selection set.
    let number: Int
    /// The names in the response, in the order they come first.
    private(set) var names: [String] = []
    private(set) var entries: [String: [Entry]] = [:]
    /// Each once.
    private(set) var fragments: [String] = []

    init(_ set: SelectionSet, on parent: TypeDefinition?, _ schema: Schema) {
        number = set.number
        var seen: Set<String> = []
        collect(set, on: parent, schema, &seen)
    }

    private func collect(
        _ set: SelectionSet, on parent: TypeDefinition?, _ schema: Schema, _ seenFragments: inout Set<String>
    ) {
        for selection in set.selections {
            switch selection {
            case .field(let field):
                let definition = parent.flatMap { schema.field(field.name.text, of: $0) }
                let entry = Entry(field: field, parent: parent, definition: definition)
                if entries[field.responseName, default: []].isEmpty { names.append(field.responseName) }
                entries[field.responseName, default: []].append(entry)
            case .spread(let spread):
                if seenFragments.insert(spread.name.text).inserted { fragments.append(spread.name.text) }
            case .inline(let fragment):
                let type = fragment.typeCondition.map { schema.type(named: $0.text) } ?? parent
                collect(fragment.selectionSet, on: type, schema, &seenFragments)
            }
        }
    }
}
