/// Takes a document apart into tokens, one at a time. White space, commas, comments and byte order marks are passed over.
struct Lexer {
    let source: Source
    private let maximumTokens: Int
    private var count = 0
    /// Where the next token is looked for.
    var at = 0

    init(_ source: Source, maximumTokens: Int) {
        self.source = source
        self.maximumTokens = maximumTokens
    }

    /// The next token.
    ///
    /// - Throws: a syntax error when none begins here or it is malformed, and when the document has too many.
    mutating func next() throws(GraphQLError) -> Token {
        skipIgnored()
        guard at < source.bytes.count else { return Token(kind: .end, range: at..<at) }
        count += 1
        guard count <= maximumTokens else {
            throw source.error("The document has more than \(maximumTokens) tokens.", at: at)
        }
        let start = at
        let kind = try scan()
        return Token(kind: kind, range: start..<at)
    }

    private mutating func scan() throws(GraphQLError) -> Token.Kind {
        let byte = source.bytes[at]
        if byte.isNameStart {
            at += 1
            while let next = peek(), next.isNamePart { at += 1 }
            return .name
        }
        if let punctuator = Self.punctuator(byte) {
            at += 1
            return punctuator
        }
        switch byte {
        case UInt8(ascii: "."):
            guard peek(1) == UInt8(ascii: "."), peek(2) == UInt8(ascii: ".") else { throw unexpected() }
            at += 3
            return .spread
        case UInt8(ascii: "\""):
            if peek(1) == byte, peek(2) == byte {
                try skipBlockString()
                return .blockString
            }
            try skipString()
            return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try scanNumber()
        default: throw unexpected()
        }
    }

    private static func punctuator(_ byte: UInt8) -> Token.Kind? {
        switch byte {
        case UInt8(ascii: "!"): .bang
        case UInt8(ascii: "$"): .dollar
        case UInt8(ascii: "&"): .ampersand
        case UInt8(ascii: "("): .leftParenthesis
        case UInt8(ascii: ")"): .rightParenthesis
        case UInt8(ascii: ":"): .colon
        case UInt8(ascii: "="): .equals
        case UInt8(ascii: "@"): .at
        case UInt8(ascii: "["): .leftBracket
        case UInt8(ascii: "]"): .rightBracket
        case UInt8(ascii: "{"): .leftBrace
        case UInt8(ascii: "|"): .pipe
        case UInt8(ascii: "}"): .rightBrace
        default: nil
        }
    }

    /// The byte that far ahead; nil behind the end.
    func peek(_ distance: Int = 0) -> UInt8? {
        at + distance < source.bytes.count ? source.bytes[at + distance] : nil
    }

    private mutating func skipIgnored() {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: ","):
                at += 1
            case UInt8(ascii: "#"):
                while let next = peek(), next != UInt8(ascii: "\n"), next != UInt8(ascii: "\r") { at += 1 }
            case 0xEF where peek(1) == 0xBB && peek(2) == 0xBF: at += 3
            default: return
            }
        }
    }

    /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`, with neither a name nor a dot right behind.
    private mutating func scanNumber() throws(GraphQLError) -> Token.Kind {
        var kind = Token.Kind.int
        if peek() == UInt8(ascii: "-") { at += 1 }
        if peek() == UInt8(ascii: "0") {
            at += 1
            if let next = peek(), next.isDigit { throw malformedNumber("no digit may follow a leading 0") }
        } else {
            try skipDigits()
        }
        if peek() == UInt8(ascii: ".") {
            kind = .float
            at += 1
            try skipDigits()
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            kind = .float
            at += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { at += 1 }
            try skipDigits()
        }
        if let next = peek(), next.isNameStart || next == UInt8(ascii: ".") {
            throw malformedNumber("\(found) follows it directly")
        }
        return kind
    }

    private mutating func skipDigits() throws(GraphQLError) {
        guard let first = peek(), first.isDigit else { throw malformedNumber("a digit is wanted, not \(found)") }
        while let next = peek(), next.isDigit { at += 1 }
    }

    private func malformedNumber(_ reason: String) -> GraphQLError {
        source.error("Syntax error: malformed number, \(reason).", at: at)
    }

    private func unexpected() -> GraphQLError {
        source.error("Syntax error: unexpected \(found).", at: at)
    }

    /// The scalar here, for a message.
    private var found: String {
        guard at < source.bytes.count else { return "the end of the document" }
        let text = String(decoding: source.bytes[at..<min(at + 4, source.bytes.count)], as: UTF8.self)
        guard let scalar = text.unicodeScalars.first else { return "nothing" }
        if (0x20..<0x7F).contains(scalar.value) { return "'\(scalar)'" }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)"
    }
}

extension UInt8 {
    var isDigit: Bool { self &- 0x30 < 10 }
    var isNameStart: Bool { (self | 0x20) &- 0x61 < 26 || self == 0x5F }
    var isNamePart: Bool { isNameStart || isDigit }
}
