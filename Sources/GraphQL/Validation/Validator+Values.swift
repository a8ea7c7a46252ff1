extension Validator {
    /// - Parameter type: what is wanted; nil when that is unknown, which allows all.
    func walk(_ literal: Literal, as type: TypeReference?) throws(Stop) {
        switch literal.kind {
        case .variable: return
        case .null:
            guard let type, type.isNonNull else { return }
            try report("A value of type \(schema.text(type)) is wanted, not null.", at: literal.offset)
        case .list(let elements):
            guard let type else {
                for element in elements { try walk(element, as: nil) }
                return
            }
            guard let item = type.item else {
                // A scalar of one's own may take a list.
                try checkLeaf(literal, type)
                for element in elements { try checkNamesAreDistinct(in: element) }
                return
            }
            for element in elements { try walk(element, as: item) }
        case .object(let members): try walk(literal, members, type)
        default:
            if let type { try checkLeaf(literal, type) }
        }
    }

    private func walk(_ literal: Literal, _ members: [Literal.Member], _ type: TypeReference?) throws(Stop) {
        let definition = type.map { schema.type($0.named) }
        var first: [String: Int] = [:]
        let isInputObject = definition.map { if case .input = $0.kind { true } else { false } } ?? false
        if isInputObject, let definition {
            for field in definition.inputFields where field.isRequired {
                guard !members.contains(where: { $0.name.text == field.name }) else { continue }
                try report(
                    "\(definition.name) needs field \(field.name) of type \(schema.text(field.type)).",
                    at: literal.offset)
            }
        } else if let type {
            try checkLeaf(literal, type)
        }
        for member in members {
            let name = member.name.text
            let field = definition?.inputField(name)
            if isInputObject, field == nil, let definition {
                try report("\(definition.name) has no field \(name).", at: member.name.offset)
            }
            if let other = first[name] {
                try report("Field \(name) is given more than once.", at: other, member.name.offset)
            } else {
                first[name] = member.name.offset
            }
            if isInputObject || type == nil {
                try walk(member.value, as: field?.type)
            } else {
                try checkNamesAreDistinct(in: member.value)
            }
        }
    }

    /// For values inside one that a scalar takes as a whole.
    private func checkNamesAreDistinct(in literal: Literal) throws(Stop) {
        try walk(literal, as: nil)
    }

    /// A value that is neither a list nor an input object where such are wanted, and not null.
    private func checkLeaf(_ literal: Literal, _ type: TypeReference) throws(Stop) {
        let definition = schema.type(type.named)
        switch (definition.kind, literal.kind) {
        case (.scalar(.custom(let parse)), _):
            // With variables inside, the value is known only when it is executed.
            guard let parse, !literal.holdsVariable else { return }
            do {
                _ = try parse(.init(literal, variables: [:]))
            } catch {
                try report(
                    "\(literal.shortText) is no \(definition.name): \(ScalarRule.reason(error)).",
                    at: literal.offset)
            }
        case (.scalar(let rule), _):
            do {
                _ = try rule.input(literal)
            } catch {
                try report("\(literal.shortText) is no \(definition.name).", at: literal.offset)
            }
        case (.enumeration(let values), .enumeration(let name)):
            guard !values.contains(where: { $0.name == name }) else { return }
            try report("\(definition.name) has no value \(name).", at: literal.offset)
        default:
            try report(
                "A value of type \(schema.text(type)) is wanted, not \(literal.shortText).", at: literal.offset)
        }
    }
}

extension Literal {
    var holdsVariable: Bool {
        var holds = false
        forEachVariable { _, _ in holds = true }
        return holds
    }
}
