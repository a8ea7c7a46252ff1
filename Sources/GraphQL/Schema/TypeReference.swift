/// Where a type is in its schema's list of types.
typealias TypeID = Int

/// A type as fields and arguments use it: a named one, in lists and non-null wrappers.
indirect enum TypeReference: Hashable, Sendable {
    case named(TypeID)
    case list(TypeReference)
    case nonNull(TypeReference)

    /// The named type at its core.
    var named: TypeID {
        switch self {
        case .named(let id): id
        case .list(let item): item.named
        case .nonNull(let nullable): nullable.named
        }
    }

    var isNonNull: Bool {
        if case .nonNull = self { true } else { false }
    }

    /// Without the outer non-null wrapper.
    var nullable: TypeReference {
        if case .nonNull(let nullable) = self { nullable } else { self }
    }

    /// The type of the elements when this is a list, non-null or not.
    var item: TypeReference? {
        if case .list(let item) = nullable { item } else { nil }
    }
}
