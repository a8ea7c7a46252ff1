extension Validator {
    /// - Parameter parent: the type whose fields are selected; nil when it is unknown.
    func walk(_ set: SelectionSet, on parent: TypeDefinition?) throws(Stop) {
        let parent = parent.flatMap { $0.isComposite ? $0 : nil }
        for conflict in overlaps.conflicts(in: set, on: parent, maximum: limits.maximumErrors + 1) {
            try report(
                "Fields \(conflict.one.responseName) cannot be merged: \(conflict.reason). Give one another alias.",
                at: conflict.one.offset, conflict.other.offset)
        }
        if overlaps.isExhausted {
            try report(
                "The document has too many fields of the same names to compare them.", at: set.offset)
            throw Stop()
        }
        for selection in set.selections {
            switch selection {
            case .field(let field): try walk(field, on: parent)
            case .spread(let spread): try walk(spread, on: parent)
            case .inline(let fragment): try walk(fragment, on: parent)
            }
        }
    }

    private func walk(_ field: FieldSelection, on parent: TypeDefinition?) throws(Stop) {
        let definition = parent.flatMap { schema.field(field.name.text, of: $0) }
        let type = definition.map { schema.type($0.type.named) }
        if let definition, let type {
            if type.isLeaf, let set = field.selectionSet {
                try report(
                    "\(field.name.text) is of type \(schema.text(definition.type)) and has no fields to select.",
                    at: set.offset)
            } else if type.isComposite, field.selectionSet == nil {
                try report(
                    "\(field.name.text) is of type \(schema.text(definition.type)): fields of it have to be selected.",
                    at: field.offset)
            }
        } else if let parent {
            try report("\(parent.name) has no field \(field.name.text).", at: field.offset)
        }
        try checkDirectivesAreDistinct(field.directives)
        try checkArgumentsAreDistinct(field.arguments)
        for argument in field.arguments {
            let known = definition?.argument(argument.name.text)
            if known == nil, let definition, let parent {
                try report(
                    "\(parent.name).\(definition.name) has no argument \(argument.name.text).",
                    at: argument.name.offset)
            }
            try walk(argument.value, as: known?.type)
        }
        try walk(field.directives, at: .field)
        if let set = field.selectionSet { try walk(set, on: type) }
        if let definition {
            try checkRequired(definition.arguments, given: field.arguments, of: field.name.text, at: field.offset)
        }
    }

    private func walk(_ spread: FragmentSpread, on parent: TypeDefinition?) throws(Stop) {
        if let fragment = document.fragments[spread.name.text] {
            let type = schema.type(named: fragment.typeCondition.text)
            try checkCanApply(type, on: parent, at: spread.offset)
        } else {
            try report("There is no fragment \(spread.name.text).", at: spread.name.offset)
        }
        try checkDirectivesAreDistinct(spread.directives)
        try walk(spread.directives, at: .fragmentSpread)
    }

    private func walk(_ fragment: InlineFragment, on parent: TypeDefinition?) throws(Stop) {
        var type = parent
        if let condition = fragment.typeCondition {
            type = schema.type(named: condition.text)
            try checkIsComposite(type, condition)
        }
        try checkCanApply(type, on: parent, at: fragment.offset)
        try checkDirectivesAreDistinct(fragment.directives)
        if let condition = fragment.typeCondition { try checkTypeExists(condition) }
        try walk(fragment.directives, at: .inlineFragment)
        try walk(fragment.selectionSet, on: type)
    }

    private func checkCanApply(_ type: TypeDefinition?, on parent: TypeDefinition?, at offset: Int) throws(Stop) {
        guard let type, let parent, type.isComposite, !schema.overlap(type, parent) else { return }
        try report("A fragment on \(type.name) can never apply to \(parent.name).", at: offset)
    }

    /// A subscription has one root field, and it is none of introspection.
    func checkSubscription(_ operation: OperationDefinition, _ root: TypeDefinition) throws(Stop) {
        let groups = RootFields(operation.selectionSet, on: root, schema, document).groups
        let title = operation.name.map { "Subscription \($0.text)" } ?? "A subscription"
        if groups.count > 1 {
            try report("\(title) must select one root field.", at: groups.dropFirst().flatMap { $0.map(\.offset) })
        }
        for group in groups where group.first?.name.text.hasPrefix("__") == true {
            try report("\(title) must not select a field of introspection.", at: group.map(\.offset))
        }
    }

    func checkArgumentsAreDistinct(_ arguments: [GivenArgument]) throws(Stop) {
        guard arguments.count > 1 else { return }
        let groups = Dictionary(grouping: arguments, by: \.name.text)
        var told: Set<String> = []
        for name in arguments.map(\.name.text) {
            guard let group = groups[name], group.count > 1, told.insert(name).inserted else { continue }
            try report("Argument \(name) is given more than once.", at: group.map(\.name.offset))
        }
    }

    /// - Parameter offset: of the field or directive.
    func checkRequired(
        _ definitions: [InputDefinition], given: [GivenArgument], of owner: String, at offset: Int
    ) throws(Stop) {
        for definition in definitions where definition.isRequired {
            guard !given.contains(where: { $0.name.text == definition.name }) else { continue }
            try report(
                "\(owner) needs argument \(definition.name) of type \(schema.text(definition.type)).", at: offset)
        }
    }
}
