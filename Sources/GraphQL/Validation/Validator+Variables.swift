extension Validator {
    func checkVariablesAreDistinct(_ operation: OperationDefinition) throws(Stop) {
        guard operation.variables.count > 1 else { return }
        let groups = Dictionary(grouping: operation.variables, by: \.name.text)
        var told: Set<String> = []
        for name in operation.variables.map(\.name.text) {
            guard let group = groups[name], group.count > 1, told.insert(name).inserted else { continue }
            try report("Variable $\(name) is defined more than once.", at: group.map(\.name.offset))
        }
    }

    /// Each variable that is used is defined; each that is defined is used; each use allows its type.
    func checkVariables(of operation: OperationDefinition) throws(Stop) {
        let used = usages.variables(of: operation)
        let definitions = Dictionary(operation.variables.map { ($0.name.text, $0) }) { _, last in last }
        for usage in used where definitions[usage.name] == nil {
            try report("Variable $\(usage.name) is not defined.", at: usage.offset, operation.offset)
        }
        if !operation.variables.isEmpty {
            let names = Set(used.map(\.name))
            for variable in operation.variables where !names.contains(variable.name.text) {
                try report("Variable $\(variable.name.text) is not used.", at: variable.offset)
            }
        }
        for usage in used {
            guard let definition = definitions[usage.name], let wanted = usage.type,
                let type = schema.reference(definition.type), !allows(wanted, type, definition, usage)
            else { continue }
            try report(
                "Variable $\(usage.name) of type \(definition.type) is used where \(schema.text(wanted)) is wanted.",
                at: definition.offset, usage.offset)
        }
    }

    private func allows(
        _ wanted: TypeReference, _ type: TypeReference, _ definition: VariableDefinition, _ usage: VariableUsage
    ) -> Bool {
        guard case .nonNull(let nullable) = wanted, !type.isNonNull else { return isCompatible(type, wanted) }
        var hasDefault = usage.hasDefault
        if let literal = definition.defaultValue {
            if case .null = literal.kind {} else { hasDefault = true }
        }
        return hasDefault && isCompatible(type, nullable)
    }

    private func isCompatible(_ type: TypeReference, _ wanted: TypeReference) -> Bool {
        switch (type, wanted) {
        case (.nonNull(let type), .nonNull(let wanted)): isCompatible(type, wanted)
        case (_, .nonNull): false
        case (.nonNull(let type), _): isCompatible(type, wanted)
        case (.list(let type), .list(let wanted)): isCompatible(type, wanted)
        case (.named(let type), .named(let wanted)): type == wanted
        default: false
        }
    }
}
