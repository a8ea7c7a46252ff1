// Definitions of the type system are only recognised: a server answers that it executes none of them, and what is wrong
// in their syntax before that.
extension Parser {
    mutating func typeSystemDefinition(at start: Int) throws(GraphQLError) -> Definition {
        let isExtension = tokenText == "extend"
        if isExtension { try advance() }
        let keyword = tokenText
        // `schema` has no name.
        var title = keyword
        switch keyword {
        case "schema": try schemaDefinition(isExtension)
        case "scalar", "type", "interface", "union", "enum", "input":
            try advance()
            title = try name().text
            try typeDefinition(keyword, isExtension)
        case "directive" where !isExtension: title = "@\(try directiveDefinition())"
        default: throw unexpected()
        }
        return .typeSystem(title: title, offset: start)
    }

    private mutating func schemaDefinition(_ isExtension: Bool) throws(GraphQLError) {
        try advance()
        let directives = try directives(constant: true)
        if isExtension, token.kind != .leftBrace {
            guard !directives.isEmpty else { throw unexpected() }
            return
        }
        try expect(.leftBrace)
        repeat {
            guard token.kind != .name || OperationKind(rawValue: tokenText) != nil else { throw unexpected() }
            _ = try name()
            try expect(.colon)
            _ = try name()
        } while try !skip(.rightBrace)
    }

    /// What follows a type's name. An extension has to add something.
    private mutating func typeDefinition(_ keyword: String, _ isExtension: Bool) throws(GraphQLError) {
        let start = token.start
        if keyword == "type" || keyword == "interface", try skipKeyword("implements") {
            try separated(by: .ampersand)
        }
        _ = try directives(constant: true)
        switch keyword {
        case "type", "interface":
            try inBraces { parser throws(GraphQLError) in try parser.fieldDefinition() }
        case "input":
            try inBraces { parser throws(GraphQLError) in try parser.inputValueDefinition() }
        case "enum":
            try inBraces { parser throws(GraphQLError) in try parser.enumValueDefinition() }
        case "union":
            if try skip(.equals) { try separated(by: .pipe) }
        default: break
        }
        if isExtension, token.start == start { throw unexpected() }
    }

    /// Names with a punctuator between them and perhaps one in front.
    private mutating func separated(by punctuator: Token.Kind) throws(GraphQLError) {
        _ = try skip(punctuator)
        repeat {
            _ = try name()
        } while try skip(punctuator)
    }

    private mutating func inBraces(
        _ member: (inout Parser) throws(GraphQLError) -> Void
    ) throws(GraphQLError) {
        guard try skip(.leftBrace) else { return }
        repeat {
            try skipDescription()
            try member(&self)
        } while try !skip(.rightBrace)
    }

    private mutating func fieldDefinition() throws(GraphQLError) {
        _ = try name()
        try argumentDefinitions()
        try expect(.colon)
        _ = try type()
        _ = try directives(constant: true)
    }

    private mutating func argumentDefinitions() throws(GraphQLError) {
        guard try skip(.leftParenthesis) else { return }
        repeat {
            try skipDescription()
            try inputValueDefinition()
        } while try !skip(.rightParenthesis)
    }

    private mutating func inputValueDefinition() throws(GraphQLError) {
        _ = try name()
        try expect(.colon)
        _ = try type()
        if try skip(.equals) { _ = try value(constant: true) }
        _ = try directives(constant: true)
    }

    private mutating func enumValueDefinition() throws(GraphQLError) {
        guard !["true", "false", "null"].contains(tokenText) else { throw unexpected() }
        _ = try name()
        _ = try directives(constant: true)
    }

    private mutating func directiveDefinition() throws(GraphQLError) -> String {
        try advance()
        try expect(.at)
        let name = try name().text
        try argumentDefinitions()
        _ = try skipKeyword("repeatable")
        try expectKeyword("on")
        _ = try skip(.pipe)
        repeat {
            guard token.kind != .name || DirectiveLocation(rawValue: tokenText) != nil else { throw unexpected() }
            _ = try self.name()
        } while try skip(.pipe)
        return name
    }

    mutating func skipDescription() throws(GraphQLError) {
        if token.kind == .string || token.kind == .blockString { try advance() }
    }
}
