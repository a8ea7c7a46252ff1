/// A type as it is written: `Name`, `[Name]`, `Name!` and combinations.
indirect enum TypeNotation: Sendable {
    case named(Name)
    case list(TypeNotation, offset: Int)
    case nonNull(TypeNotation)

    /// The name at its core.
    var name: Name {
        switch self {
        case .named(let name): name
        case .list(let item, offset: _): item.name
        case .nonNull(let nullable): nullable.name
        }
    }

    var offset: Int {
        switch self {
        case .named(let name): name.offset
        case .list(_, let offset): offset
        case .nonNull(let nullable): nullable.offset
        }
    }
}

extension TypeNotation: CustomStringConvertible {
    var description: String {
        switch self {
        case .named(let name): name.text
        case .list(let item, offset: _): "[\(item)]"
        case .nonNull(let nullable): "\(nullable)!"
        }
    }
}
