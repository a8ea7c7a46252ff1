/// Reads a document by recursive descent. It looks one token ahead, so that of several errors the first in the text is told.
struct Parser {
    let source: Source
    private var lexer: Lexer
    private let maximumNesting: Int
    private var nesting = 0
    private var fieldCount = 0
    private var selectionSetCount = 0
    private var fragmentCount = 0
    /// The next token.
    private(set) var token = Token(kind: .end, range: 0..<0)

    init(_ source: Source, limits: GraphQLLimits) throws(GraphQLError) {
        self.source = source
        lexer = Lexer(source, maximumTokens: limits.maximumTokens)
        maximumNesting = limits.maximumNesting
        guard source.bytes.count <= limits.maximumBytes else {
            throw source.error("The document is longer than \(limits.maximumBytes) bytes.", at: limits.maximumBytes)
        }
        token = try lexer.next()
    }

    /// Reads a whole document.
    ///
    /// - Throws: a syntax error with its location, or which limit the document is beyond.
    static func document(_ text: String, limits: GraphQLLimits = .standard) throws(GraphQLError) -> Document {
        var parser = try Parser(Source(text), limits: limits)
        return try parser.document()
    }

    private mutating func document() throws(GraphQLError) -> Document {
        var document = Document(source: source, definitions: [], operations: [], fragments: [:])
        repeat {
            let definition = try definition()
            document.definitions.append(definition)
            switch definition {
            case .operation(let operation): document.operations.append(operation)
            case .fragment(let fragment): document.fragments[fragment.name.text] = fragment
            case .typeSystem: break
            }
        } while token.kind != .end
        document.fieldCount = fieldCount
        document.selectionSetCount = selectionSetCount
        document.fragmentCount = fragmentCount
        return document
    }

    private mutating func definition() throws(GraphQLError) -> Definition {
        if token.kind == .leftBrace { return .operation(try operation(at: token.start)) }
        // The September 2025 edition lets descriptions stand before operations and fragments too.
        let start = token.start
        let isDescribed = token.kind == .string || token.kind == .blockString
        if isDescribed {
            let keyword = try upcoming()
            if keyword.kind == .leftBrace { throw unexpected("a description before a shorthand query") }
            if keyword.kind == .name, !Self.describedKeywords.contains(text(of: keyword)) {
                throw unexpected("a description of nothing that can have one")
            }
            try advance()
        }
        guard token.kind == .name else { throw unexpected() }
        switch tokenText {
        case "query", "mutation", "subscription": return .operation(try operation(at: start))
        case "fragment": return .fragment(try fragment(at: start))
        default: return try typeSystemDefinition(at: start)
        }
    }

    private static let describedKeywords: Set = [
        "query", "mutation", "subscription", "fragment", "schema", "scalar", "type", "interface", "union", "enum",
        "input", "directive",
    ]

    private mutating func operation(at start: Int) throws(GraphQLError) -> OperationDefinition {
        guard token.kind != .leftBrace else {
            return OperationDefinition(
                kind: .query, name: nil, variables: [], directives: [], selectionSet: try selectionSet(), offset: start)
        }
        let kind = OperationKind(rawValue: try name().text) ?? .query
        let name = token.kind == .name ? try self.name() : nil
        return OperationDefinition(
            kind: kind, name: name, variables: try variableDefinitions(),
            directives: try directives(constant: false), selectionSet: try selectionSet(), offset: start)
    }

    private mutating func variableDefinitions() throws(GraphQLError) -> [VariableDefinition] {
        var variables: [VariableDefinition] = []
        guard try skip(.leftParenthesis) else { return [] }
        repeat {
            let start = token.start
            try skipDescription()
            try expect(.dollar)
            let name = try name()
            try expect(.colon)
            variables.append(
                VariableDefinition(
                    name: name, type: try type(),
                    defaultValue: try skip(.equals) ? try value(constant: true) : nil,
                    directives: try directives(constant: true), offset: start))
        } while try !skip(.rightParenthesis)
        return variables
    }

    private mutating func fragment(at start: Int) throws(GraphQLError) -> FragmentDefinition {
        try expectKeyword("fragment")
        guard tokenText != "on" else { throw unexpected("'on' as the name of a fragment") }
        let name = try name()
        try expectKeyword("on")
        fragmentCount += 1
        return FragmentDefinition(
            name: name, typeCondition: try self.name(), directives: try directives(constant: false),
            selectionSet: try selectionSet(), offset: start, number: fragmentCount - 1)
    }

    private mutating func selectionSet() throws(GraphQLError) -> SelectionSet {
        let start = token.start
        try enter()
        try expect(.leftBrace)
        var selections: [Selection] = []
        repeat {
            selections.append(try selection())
        } while try !skip(.rightBrace)
        leave()
        selectionSetCount += 1
        return SelectionSet(selections: selections, offset: start, number: selectionSetCount - 1)
    }

    private mutating func selection() throws(GraphQLError) -> Selection {
        let start = token.start
        guard try skip(.spread) else { return .field(try field()) }
        if token.kind == .name, tokenText != "on" {
            return .spread(
                FragmentSpread(name: try name(), directives: try directives(constant: false), offset: start))
        }
        let typeCondition = try skipKeyword("on") ? try name() : nil
        return .inline(
            InlineFragment(
                typeCondition: typeCondition, directives: try directives(constant: false),
                selectionSet: try selectionSet(), offset: start))
    }

    private mutating func field() throws(GraphQLError) -> FieldSelection {
        let first = try name()
        let second = try skip(.colon) ? try name() : nil
        let arguments = try arguments(constant: false)
        let directives = try directives(constant: false)
        let selectionSet = token.kind == .leftBrace ? try selectionSet() : nil
        fieldCount += 1
        return FieldSelection(
            alias: second == nil ? nil : first, name: second ?? first, arguments: arguments, directives: directives,
            selectionSet: selectionSet, number: fieldCount - 1)
    }

    mutating func arguments(constant: Bool) throws(GraphQLError) -> [GivenArgument] {
        guard try skip(.leftParenthesis) else { return [] }
        var arguments: [GivenArgument] = []
        repeat {
            let name = try name()
            try expect(.colon)
            arguments.append(GivenArgument(name: name, value: try value(constant: constant)))
        } while try !skip(.rightParenthesis)
        return arguments
    }

    mutating func directives(constant: Bool) throws(GraphQLError) -> [AppliedDirective] {
        var directives: [AppliedDirective] = []
        while token.kind == .at {
            let start = token.start
            try advance()
            directives.append(
                AppliedDirective(name: try name(), arguments: try arguments(constant: constant), offset: start))
        }
        return directives
    }
}

// What the productions are made of.
extension Parser {
    mutating func advance() throws(GraphQLError) {
        token = try lexer.next()
    }

    /// The token behind the next one.
    private func upcoming() throws(GraphQLError) -> Token {
        var ahead = lexer
        return try ahead.next()
    }

    func text(of token: Token) -> String { source.text(token.range) }

    /// The text of the next token; only names are compared with it, which look like nothing else.
    var tokenText: String { token.kind == .name ? text(of: token) : "" }

    /// Takes the next token when it is of this kind.
    mutating func skip(_ kind: Token.Kind) throws(GraphQLError) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    mutating func expect(_ kind: Token.Kind) throws(GraphQLError) {
        guard try skip(kind) else { throw unexpected(wanted: "\(kind)") }
    }

    mutating func skipKeyword(_ keyword: String) throws(GraphQLError) -> Bool {
        guard tokenText == keyword else { return false }
        try advance()
        return true
    }

    mutating func expectKeyword(_ keyword: String) throws(GraphQLError) {
        guard try skipKeyword(keyword) else { throw unexpected(wanted: "'\(keyword)'") }
    }

    mutating func name() throws(GraphQLError) -> Name {
        guard token.kind == .name else { throw unexpected(wanted: "a name") }
        let name = Name(text: tokenText, offset: token.start)
        try advance()
        return name
    }

    func unexpected(_ what: String? = nil, wanted: String? = nil) -> GraphQLError {
        let found = what ?? (token.kind == .name ? "'\(tokenText)'" : "\(token.kind)")
        guard let wanted else { return source.error("Syntax error: unexpected \(found).", at: token.start) }
        return source.error("Syntax error: \(wanted) is wanted, not \(found).", at: token.start)
    }

    /// Goes one level deeper; every recursion of the parser goes through here, so that no text can exhaust the stack.
    mutating func enter() throws(GraphQLError) {
        nesting += 1
        guard nesting <= maximumNesting else {
            throw source.error("The document is nested deeper than \(maximumNesting) levels.", at: token.start)
        }
    }

    mutating func leave() {
        nesting -= 1
    }
}
