import LosslessJSON

/// How values of a scalar or enum are written.
enum LeafRule: Sendable {
    case int, float, string, bool, id, any
    case enumeration

    /// Nil for types that are no leaves.
    init?(_ type: TypeDefinition) {
        switch type.kind {
        case .scalar(.int): self = .int
        case .scalar(.float): self = .float
        case .scalar(.string): self = .string
        case .scalar(.bool): self = .bool
        case .scalar(.id): self = .id
        case .scalar(.custom): self = .any
        case .enumeration: self = .enumeration
        case .object, .interface, .union, .input: return nil
        }
    }

    /// Writes a value, which is not null.
    ///
    /// - Returns: false, with nothing written, when it is none of the type.
    func write(_ value: GraphQLValue, _ type: TypeDefinition, to part: inout ResponsePart) -> Bool {
        switch (self, value) {
        case (.string, .string(let text)), (.id, .string(let text)): part.value { $0.string(text) }
        case (.bool, .bool(let value)): part.bool(value)
        case (.int, .int(let value)):
            guard let value = Int32(exactly: value) else { return false }
            part.value { $0.int(value) }
        case (.int, .double(let value)):
            guard let value = Int32(exactly: value) else { return false }
            part.value { $0.int(value) }
        case (.float, .double(let value)):
            guard value.isFinite else { return false }
            part.value { $0.double(value) }
        case (.float, .int(let value)): part.value { $0.int(value) }
        case (.id, .int(let value)), (.string, .int(let value)): part.value { $0.string(String(value)) }
        case (.string, .bool(let value)): part.value { $0.string(value ? "true" : "false") }
        case (.string, .double(let value)):
            guard value.isFinite else { return false }
            part.value { $0.string(String(value)) }
        case (.enumeration, .string(let name)):
            guard type.enumValues.contains(where: { $0.name == name }) else { return false }
            part.value { $0.string(name) }
        case (.any, _): return writeAny(value, to: &part)
        default: return false
        }
        return true
    }

    private func writeAny(_ value: GraphQLValue, to part: inout ResponsePart) -> Bool {
        switch value {
        case .null: part.null()
        case .bool(let value): part.bool(value)
        case .int(let value): part.value { $0.int(value) }
        case .double(let value): part.value { $0.double(value) }
        case .string(let text): part.value { $0.string(text) }
        case .json(let text): part.raw(text.bytes)
        case .list, .source, .failure: return false
        }
        return true
    }
}
