import LosslessJSON

/// Turns literals into the values that resolvers see.
struct LiteralCoercion {
    let types: [TypeDefinition]
    /// Coerced already; one that was not given and has no default is absent.
    let variables: [String: JSONValue]

    /// The value of a literal where a type is wanted.
    ///
    /// - Returns: nil when it is a variable that is absent.
    /// - Throws: ``UnfitLiteral`` when it is not of the type.
    func value(_ literal: Literal, as type: TypeReference) throws(UnfitLiteral) -> JSONValue? {
        if case .variable(let name) = literal.kind {
            guard let value = variables[name] else { return nil }
            if type.isNonNull, value == .null { throw unfit(literal, "variable $\(name) must not be null here") }
            return value
        }
        if case .null = literal.kind {
            if type.isNonNull { throw unfit(literal, "null is not allowed here") }
            return .null
        }
        switch type {
        case .nonNull(let nullable): return try value(literal, as: nullable)
        case .list(let item):
            guard case .list(let elements) = literal.kind else {
                return .array([try value(literal, as: item) ?? .null])
            }
            var values: [JSONValue] = []
            for element in elements {
                let value = try value(element, as: item)
                if value == nil, item.isNonNull { throw unfit(element, "the variable has no value") }
                values.append(value ?? .null)
            }
            return .array(values)
        case .named(let id): return try value(literal, as: types[id])
        }
    }

    private func value(_ literal: Literal, as type: TypeDefinition) throws(UnfitLiteral) -> JSONValue {
        switch (type.kind, literal.kind) {
        case (.scalar(let rule), _):
            do {
                // Only scalars of one's own can have variables inside.
                if case .custom = rule { return try rule.input(JSONValue(literal, variables: variables)) }
                return try rule.input(literal)
            } catch {
                throw unfit(literal, ScalarRule.reason(error))
            }
        case (.enumeration(let values), .enumeration(let name)) where values.contains { $0.name == name }:
            return .string(name)
        case (.input(let fields), .object(let members)): return try object(literal, members, fields)
        default: throw unfit(literal, "\(literal.shortText) is not of type \(type.name)")
        }
    }

    private func object(
        _ literal: Literal, _ members: [Literal.Member], _ fields: [InputDefinition]
    ) throws(UnfitLiteral) -> JSONValue {
        for member in members where !fields.contains(where: { $0.name == member.name.text }) {
            throw UnfitLiteral(reason: "there is no field \(member.name.text)", offset: member.name.offset)
        }
        var result: [JSONValue.Member] = []
        for field in fields {
            let given = members.first { $0.name.text == field.name }
            if let given, let value = try value(given.value, as: field.type) {
                result.append(JSONValue.Member(field.name, value))
            } else if let defaultValue = field.defaultValue {
                result.append(JSONValue.Member(field.name, defaultValue.value))
            } else if field.type.isNonNull {
                throw unfit(literal, "field \(field.name) is missing")
            }
        }
        return .object(result)
    }

    private func unfit(_ literal: Literal, _ reason: String) -> UnfitLiteral {
        UnfitLiteral(reason: reason, offset: literal.offset)
    }

    /// The arguments of a field or directive.
    ///
    /// - Parameter offset: of the field or directive, which is to blame for what is missing.
    func arguments(
        _ given: [GivenArgument], for definitions: [InputDefinition], at offset: Int
    ) throws(UnfitLiteral) -> GraphQLArguments {
        if definitions.isEmpty { return GraphQLArguments() }
        var members: [JSONValue.Member] = []
        for definition in definitions {
            let argument = given.first { $0.name.text == definition.name }
            if let argument, let value = try value(argument.value, as: definition.type) {
                members.append(JSONValue.Member(definition.name, value))
            } else if let defaultValue = definition.defaultValue {
                members.append(JSONValue.Member(definition.name, defaultValue.value))
            } else if definition.type.isNonNull {
                throw UnfitLiteral(
                    reason: "argument \(definition.name) is required and has no value",
                    offset: argument?.value.offset ?? offset)
            }
        }
        return GraphQLArguments(members)
    }
}

/// Why a literal has no value of the type that is wanted, and which part of it is to blame.
struct UnfitLiteral: Error, CustomStringConvertible {
    var reason: String
    var offset: Int

    var description: String { reason }
}

extension JSONValue {
    /// What a literal is in JSON: enum values are strings, absent variables null (of an object: no member).
    init(_ literal: Literal, variables: [String: JSONValue]) {
        switch literal.kind {
        case .variable(let name): self = variables[name] ?? .null
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let text), .float(let text): self = .number(text)
        case .string(let text), .enumeration(let text): self = .string(text)
        case .list(let elements): self = .array(elements.map { JSONValue($0, variables: variables) })
        case .object(let members):
            self = .object(
                members.compactMap { member in
                    if case .variable(let name) = member.value.kind, variables[name] == nil { return nil }
                    return Member(member.name.text, JSONValue(member.value, variables: variables))
                })
        }
    }
}

extension ScalarRule {
    /// What to tell of an error that taking a value threw.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let unfit as Unfit: unfit.reason
        case let error as GraphQLError: error.message
        default: "the value is not accepted"
        }
    }
}
