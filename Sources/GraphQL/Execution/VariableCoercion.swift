import LosslessJSON

/// Turns the variables of a request into the values that resolvers see.
struct VariableCoercion {
    let schema: Schema
    let source: Source

    /// The values of an operation's variables. One that was not given and has no default is absent.
    ///
    /// - Throws: all that is wrong with them, as request errors.
    func values(
        of definitions: [VariableDefinition], given: [JSONValue.Member]
    ) throws(RequestErrors) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        var errors: [GraphQLError] = []
        let given = Dictionary(given.map { ($0.key, $0.value) }) { _, last in last }
        for definition in definitions {
            guard let type = schema.reference(definition.type) else { continue }
            do {
                let name = definition.name.text
                values[name] = try value(of: definition, type, given: given[name])
            } catch {
                errors.append(
                    source.error("Variable $\(definition.name.text): \(error.description).", at: definition.offset))
            }
        }
        guard errors.isEmpty else { throw RequestErrors(errors: errors) }
        return values
    }

    private func value(
        of definition: VariableDefinition, _ type: TypeReference, given: JSONValue?
    ) throws(UnfitVariable) -> JSONValue? {
        if let given { return try value(given, as: type) }
        if let literal = definition.defaultValue {
            do {
                return try LiteralCoercion(types: schema.types, variables: [:]).value(literal, as: type)
            } catch {
                throw UnfitVariable(reason: error.reason)
            }
        }
        if type.isNonNull { throw UnfitVariable(reason: "a value of type \(schema.text(type)) has to be given") }
        return nil
    }

    private func value(_ value: JSONValue, as type: TypeReference) throws(UnfitVariable) -> JSONValue {
        switch (type, value) {
        case (.nonNull, .null): throw UnfitVariable(reason: "null is not a \(schema.text(type))")
        case (.nonNull(let nullable), _): return try self.value(value, as: nullable)
        case (_, .null): return .null
        case (.list(let item), .array(let elements)):
            var values: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                do {
                    values.append(try self.value(element, as: item))
                } catch {
                    throw error.under("[\(index)]")
                }
            }
            return .array(values)
        case (.list(let item), _): return .array([try self.value(value, as: item)])
        case (.named(let id), _): return try self.value(value, as: schema.type(id))
        }
    }

    private func value(_ value: JSONValue, as type: TypeDefinition) throws(UnfitVariable) -> JSONValue {
        switch (type.kind, value) {
        case (.scalar(let rule), _):
            do {
                return try rule.input(value)
            } catch {
                throw UnfitVariable(reason: ScalarRule.reason(error))
            }
        case (.enumeration(let values), .string(let name)):
            guard values.contains(where: { $0.name == name }) else {
                throw UnfitVariable(reason: "\(type.name) has no value \(name.shortened)")
            }
            return value
        case (.input(let fields), .object(let members)): return try object(members, fields, of: type)
        default: throw UnfitVariable(reason: "\(JSONText(value).description.shortened) is not of type \(type.name)")
        }
    }

    private func object(
        _ members: [JSONValue.Member], _ fields: [InputDefinition], of type: TypeDefinition
    ) throws(UnfitVariable) -> JSONValue {
        for member in members where type.inputField(member.key) == nil {
            throw UnfitVariable(reason: "\(type.name) has no field \(member.key.shortened)")
        }
        var result: [JSONValue.Member] = []
        for field in fields {
            if let given = members.last(where: { $0.key == field.name }) {
                do {
                    result.append(JSONValue.Member(field.name, try value(given.value, as: field.type)))
                } catch {
                    throw error.under(".\(field.name)")
                }
            } else if let defaultValue = field.defaultValue {
                result.append(JSONValue.Member(field.name, defaultValue.value))
            } else if field.type.isNonNull {
                throw UnfitVariable(reason: "field \(field.name) of \(type.name) is missing")
            }
        }
        return .object(result)
    }
}

/// Why a request cannot be executed at all.
struct RequestErrors: Error {
    var errors: [GraphQLError]
}

/// Why a variable has no value of its type.
private struct UnfitVariable: Error, CustomStringConvertible {
    var reason: String
    /// Where in the value.
    var path = ""

    /// The same, told of what it is part of.
    func under(_ step: String) -> UnfitVariable {
        UnfitVariable(reason: reason, path: step + path)
    }

    var description: String { path.isEmpty ? reason : "\(reason) (at \(path))" }
}
