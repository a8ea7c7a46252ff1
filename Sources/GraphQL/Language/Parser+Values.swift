extension Parser {
    /// Reads a value; in a constant one no variable may stand.
    mutating func value(constant: Bool) throws(GraphQLError) -> Literal {
        let start = token.start
        switch token.kind {
        case .leftBracket: return Literal(kind: .list(try list(constant: constant)), offset: start)
        case .leftBrace: return Literal(kind: .object(try object(constant: constant)), offset: start)
        case .dollar:
            let dollar = token
            try advance()
            guard constant else { return Literal(kind: .variable(try name().text), offset: start) }
            guard token.kind == .name else { throw misplacedDollar(dollar) }
            throw source.error("Syntax error: a variable cannot stand in a constant value.", at: start)
        case .int: return try scalar(.int(text(of: token)))
        case .float: return try scalar(.float(text(of: token)))
        case .string, .blockString: return try scalar(.string(source.stringValue(token)))
        case .name:
            switch tokenText {
            case "true": return try scalar(.bool(true))
            case "false": return try scalar(.bool(false))
            case "null": return try scalar(.null)
            case let name: return try scalar(.enumeration(name))
            }
        default: throw unexpected()
        }
    }

    private mutating func scalar(_ kind: Literal.Kind) throws(GraphQLError) -> Literal {
        let literal = Literal(kind: kind, offset: token.start)
        try advance()
        return literal
    }

    private func misplacedDollar(_ dollar: Token) -> GraphQLError {
        source.error("Syntax error: unexpected '$'.", at: dollar.start)
    }

    private mutating func list(constant: Bool) throws(GraphQLError) -> [Literal] {
        try enter()
        try advance()
        var elements: [Literal] = []
        while try !skip(.rightBracket) { elements.append(try value(constant: constant)) }
        leave()
        return elements
    }

    private mutating func object(constant: Bool) throws(GraphQLError) -> [Literal.Member] {
        try enter()
        try advance()
        var members: [Literal.Member] = []
        while try !skip(.rightBrace) {
            let name = try name()
            try expect(.colon)
            members.append(Literal.Member(name: name, value: try value(constant: constant)))
        }
        leave()
        return members
    }

    /// Reads a type: `Name`, `[Type]`, either with `!` behind.
    mutating func type() throws(GraphQLError) -> TypeNotation {
        let start = token.start
        let nullable: TypeNotation
        if token.kind == .leftBracket {
            try enter()
            try advance()
            nullable = .list(try type(), offset: start)
            try expect(.rightBracket)
            leave()
        } else {
            nullable = .named(try name())
        }
        return try skip(.bang) ? .nonNull(nullable) : nullable
    }
}

extension Parser {
    /// Reads a text that is a type and nothing else.
    static func type(_ text: String) throws(GraphQLError) -> TypeNotation {
        var parser = try Parser(Source(text), limits: .standard)
        let type = try parser.type()
        try parser.expect(.end)
        return type
    }

    /// Reads a text that is a constant value and nothing else.
    static func constant(_ text: String) throws(GraphQLError) -> Literal {
        var parser = try Parser(Source(text), limits: .standard)
        let value = try parser.value(constant: true)
        try parser.expect(.end)
        return value
    }
}
