/// A lexical token: what it is and the bytes it takes. Its value is read from them when it is wanted.
struct Token: Hashable {
    enum Kind: UInt8 {
        case end
        case bang, dollar, ampersand, leftParenthesis, rightParenthesis, spread, colon, equals, at
        case leftBracket, rightBracket, leftBrace, pipe, rightBrace
        case name, int, float, string, blockString
    }

    var kind: Kind
    var range: Range<Int>

    var start: Int { range.lowerBound }
}

extension Token.Kind: CustomStringConvertible {
    var description: String {
        switch self {
        case .end: "the end of the document"
        case .bang: "'!'"
        case .dollar: "'$'"
        case .ampersand: "'&'"
        case .leftParenthesis: "'('"
        case .rightParenthesis: "')'"
        case .spread: "'...'"
        case .colon: "':'"
        case .equals: "'='"
        case .at: "'@'"
        case .leftBracket: "'['"
        case .rightBracket: "']'"
        case .leftBrace: "'{'"
        case .pipe: "'|'"
        case .rightBrace: "'}'"
        case .name: "a name"
        case .int: "an integer"
        case .float: "a number"
        case .string, .blockString: "a string"
        }
    }
}
