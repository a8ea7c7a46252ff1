/// What the specification asks of a schema, beyond that its names are known: of each kind of type, and of interfaces and
/// those that implement them.
struct SchemaChecks {
    let types: [TypeDefinition]

    var problems: [String] {
        types.flatMap(problems(of:))
    }

    private func problems(of type: TypeDefinition) -> [String] {
        var problems = checkName(type.name, in: type)
        switch type.kind {
        case .object, .interface:
            if type.fields.isEmpty { problems.append("\(type.name) has no fields.") }
            problems += checkDistinct(type.fields.map(\.name), in: type)
            problems += type.fields.flatMap { check($0, of: type) }
            problems += type.interfaces.flatMap { checkImplementation($0, by: type) }
        case .union:
            if type.possibleTypes.isEmpty { problems.append("\(type.name) has no members.") }
            problems += type.orderedPossibleTypes.filter { !types[$0].isObject }
                .map { "\(types[$0].name) in \(type.name) is not an object." }
        case .enumeration(let values):
            if values.isEmpty { problems.append("\(type.name) has no values.") }
            problems += checkDistinct(values.map(\.name), in: type)
            problems += values.filter { ["true", "false", "null"].contains($0.name) }
                .map { "\($0.name) cannot be a value of \(type.name)." }
        case .input(let fields):
            if fields.isEmpty { problems.append("\(type.name) has no fields.") }
            problems += checkDistinct(fields.map(\.name), in: type)
            problems += fields.flatMap { check($0, of: type) }
            if needsItself(type.id, type.id, seen: []) {
                problems.append("\(type.name) cannot be given: it has to hold itself.")
            }
        case .scalar: break
        }
        return problems
    }

    private func checkName(_ name: String, in type: TypeDefinition) -> [String] {
        let isName = name.utf8.first?.isNameStart == true && name.utf8.allSatisfy(\.isNamePart)
        return isName ? [] : ["\(name) in \(type.name) is not a name."]
    }

    private func checkDistinct(_ names: [String], in type: TypeDefinition) -> [String] {
        let repeated = Set(names).count == names.count ? [] : ["\(type.name) has a name twice."]
        return names.flatMap { checkName($0, in: type) } + repeated
            + names.filter { $0.hasPrefix("__") }.map { "The name \($0) in \(type.name) is reserved." }
    }

    private func check(_ field: FieldDefinition, of type: TypeDefinition) -> [String] {
        var problems = field.arguments.flatMap { check($0, of: type) }
        problems += checkDistinct(field.arguments.map(\.name), in: type)
        if case .input = types[field.type.named].kind {
            problems.append("\(type.name).\(field.name) cannot answer with an input object.")
        }
        return problems
    }

    private func check(_ input: InputDefinition, of type: TypeDefinition) -> [String] {
        var problems: [String] = []
        if !types[input.type.named].isInput { problems.append("\(input.name) in \(type.name) is of no input type.") }
        if input.isRequired, input.deprecationReason != nil {
            problems.append("\(input.name) in \(type.name) is required and so cannot be deprecated.")
        }
        return problems
    }

    private func checkImplementation(_ interface: TypeID, by type: TypeDefinition) -> [String] {
        let interface = types[interface]
        guard case .interface = interface.kind, interface.id != type.id else {
            return ["\(type.name) implements \(interface.name), which is no other interface."]
        }
        var problems = interface.interfaces.filter { !type.interfaces.contains($0) }
            .map { "\(type.name) implements \(interface.name) and so has to implement \(types[$0].name)." }
        for wanted in interface.fields {
            let place = "\(type.name).\(wanted.name)"
            guard let field = type.field(wanted.name) else {
                problems.append("\(place) is missing, which \(interface.name) has.")
                continue
            }
            if !isSubtype(field.type, wanted.type) {
                problems.append("The type of \(place) does not agree with \(interface.name).")
            }
            for argument in wanted.arguments where field.argument(argument.name)?.type != argument.type {
                problems.append("\(place) does not take \(argument.name) as \(interface.name) does.")
            }
            for argument in field.arguments where argument.isRequired && wanted.argument(argument.name) == nil {
                problems.append("\(place) wants \(argument.name), of which \(interface.name) does not know.")
            }
        }
        return problems
    }

    private func isSubtype(_ one: TypeReference, _ other: TypeReference) -> Bool {
        switch (one, other) {
        case (.nonNull(let one), .nonNull(let other)), (.list(let one), .list(let other)): isSubtype(one, other)
        case (.nonNull(let one), _): isSubtype(one, other)
        case (.named(let one), .named(let other)):
            one == other || types[other].isAbstract && types[other].possibleTypes.contains(one)
                || types[one].interfaces.contains(other)
        default: false
        }
    }

    /// Whether an input object cannot be without one of another type in it.
    private func needsItself(_ type: TypeID, _ other: TypeID, seen: Set<TypeID>) -> Bool {
        types[type].inputFields.contains { field in
            guard case .nonNull(.named(let id)) = field.type, field.defaultValue == nil else { return false }
            return id == other || !seen.contains(id) && needsItself(id, other, seen: seen.union([id]))
        }
    }
}
