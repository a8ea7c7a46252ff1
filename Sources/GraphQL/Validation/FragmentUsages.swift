/// A variable where it is used.
struct VariableUsage {
    var name: String
    var offset: Int
    /// What is wanted there; nil when that is unknown.
    var type: TypeReference?
    /// Whether the argument or input field it is given to has a default.
    var hasDefault: Bool
}

/// Which fragments and variables are used where. Each selection set is looked through once; what is asked for each
/// operation anew is kept by numbers, for many operations may share many fragments.
struct FragmentUsages {
    let schema: Schema
    let document: Document
    /// By the numbers of selection sets.
    private var spreads: [[FragmentSpread]?]
    private var targets: [[FragmentDefinition]?]
    /// By the numbers of fragments.
    private var variables: [[VariableUsage]?]

    init(schema: Schema, document: Document) {
        self.schema = schema
        self.document = document
        spreads = Array(repeating: nil, count: document.selectionSetCount)
        targets = Array(repeating: nil, count: document.selectionSetCount)
        variables = Array(repeating: nil, count: document.fragmentCount)
    }

    /// The spreads in a selection set, those in nested ones included.
    mutating func spreads(in set: SelectionSet) -> [FragmentSpread] {
        if let known = spreads[set.number] { return known }
        var found: [FragmentSpread] = []
        // Of each set its own spreads come before those of sets in it, and later sets before earlier ones.
        var pending = [set]
        while let next = pending.popLast() {
            for selection in next.selections {
                switch selection {
                case .spread(let spread): found.append(spread)
                case .field(let field): if let inner = field.selectionSet { pending.append(inner) }
                case .inline(let fragment): pending.append(fragment.selectionSet)
                }
            }
        }
        spreads[set.number] = found
        return found
    }

    /// The fragments that are spread in a selection set.
    private mutating func targets(in set: SelectionSet) -> [FragmentDefinition] {
        if let known = targets[set.number] { return known }
        var seen: Set<Int> = []
        let found = spreads(in: set).compactMap { document.fragments[$0.name.text] }
            .filter { seen.insert($0.number).inserted }
        targets[set.number] = found
        return found
    }

    /// The fragments that a selection set spreads, if only through others.
    mutating func fragments(reachedFrom set: SelectionSet) -> [FragmentDefinition] {
        var found: [FragmentDefinition] = []
        var seen = Array(repeating: false, count: document.fragmentCount)
        var pending = [set]
        while let next = pending.popLast() {
            for fragment in targets(in: next) where !seen[fragment.number] {
                seen[fragment.number] = true
                found.append(fragment)
                pending.append(fragment.selectionSet)
            }
        }
        return found
    }

    /// The fragments that a selection set spreads, if only through others; each after those that it spreads itself.
    /// There must be no cycles.
    mutating func fragmentsBeforeTheirSpreads(in set: SelectionSet) -> [FragmentDefinition] {
        var found: [FragmentDefinition] = []
        var seen = Array(repeating: false, count: document.fragmentCount)
        var pending: [(fragment: FragmentDefinition?, targets: ArraySlice<FragmentDefinition>)] = [
            (nil, targets(in: set)[...])
        ]
        while var top = pending.popLast() {
            guard let next = top.targets.popFirst() else {
                if let fragment = top.fragment { found.append(fragment) }
                continue
            }
            pending.append(top)
            guard !seen[next.number] else { continue }
            seen[next.number] = true
            pending.append((next, targets(in: next.selectionSet)[...]))
        }
        return found
    }
}

// Variables.
extension FragmentUsages {
    /// The variables that an operation uses: those in itself first, then those in its fragments.
    mutating func variables(of operation: OperationDefinition) -> [VariableUsage] {
        var found: [VariableUsage] = []
        collect(operation.directives, into: &found)
        collect(operation.selectionSet, on: schema.root(operation.kind), into: &found)
        for fragment in fragments(reachedFrom: operation.selectionSet) { found += variables(of: fragment) }
        return found
    }

    private mutating func variables(of fragment: FragmentDefinition) -> [VariableUsage] {
        if let known = variables[fragment.number] { return known }
        var found: [VariableUsage] = []
        collect(fragment.directives, into: &found)
        collect(fragment.selectionSet, on: schema.type(named: fragment.typeCondition.text), into: &found)
        variables[fragment.number] = found
        return found
    }

    private func collect(_ set: SelectionSet, on parent: TypeDefinition?, into found: inout [VariableUsage]) {
        for selection in set.selections {
            switch selection {
            case .field(let field):
                let definition = parent.flatMap { schema.field(field.name.text, of: $0) }
                for argument in field.arguments {
                    collect(argument.value, definition?.argument(argument.name.text), into: &found)
                }
                collect(field.directives, into: &found)
                if let inner = field.selectionSet {
                    collect(inner, on: definition.map { schema.type($0.type.named) }, into: &found)
                }
            case .inline(let fragment):
                collect(fragment.directives, into: &found)
                let type = fragment.typeCondition.map { schema.type(named: $0.text) } ?? parent
                collect(fragment.selectionSet, on: type, into: &found)
            case .spread(let spread): collect(spread.directives, into: &found)
            }
        }
    }

    private func collect(_ directives: [AppliedDirective], into found: inout [VariableUsage]) {
        for directive in directives {
            let definition = schema.directive(directive.name.text)
            for argument in directive.arguments {
                collect(argument.value, definition?.argument(argument.name.text), into: &found)
            }
        }
    }

    private func collect(_ literal: Literal, _ input: InputDefinition?, into found: inout [VariableUsage]) {
        collect(literal, as: input?.type, hasDefault: input?.defaultValue != nil, into: &found)
    }

    private func collect(
        _ literal: Literal, as type: TypeReference?, hasDefault: Bool, into found: inout [VariableUsage]
    ) {
        switch literal.kind {
        case .variable(let name):
            found.append(VariableUsage(name: name, offset: literal.offset, type: type, hasDefault: hasDefault))
        case .list(let elements):
            // Where no list is wanted, an element has to be of the type itself.
            for element in elements {
                collect(element, as: type?.item ?? type?.nullable, hasDefault: false, into: &found)
            }
        case .object(let members):
            let definition = type.map { schema.type($0.named) }
            for member in members {
                collect(member.value, definition?.inputField(member.name.text), into: &found)
            }
        default: break
        }
    }
}
