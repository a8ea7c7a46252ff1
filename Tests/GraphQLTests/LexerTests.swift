import Testing

@testable import GraphQL

struct LexerTests {
    @Test func `takes a document apart`() throws {
        let text = "\u{FEFF}query Q($a_1: [Int!]! = -1.5e3) # a comment ?\r\n{ ...F, @d & | \"s\" \"\"\"b\"\"\" }"
        let kinds: [Token.Kind] = [
            .name, .name, .leftParenthesis, .dollar, .name, .colon, .leftBracket, .name, .bang, .rightBracket, .bang,
            .equals, .float, .rightParenthesis, .leftBrace, .spread, .name, .at, .name, .ampersand, .pipe, .string,
            .blockString, .rightBrace, .end,
        ]
        var lexer = Lexer(Source(text), maximumTokens: .max)
        for kind in kinds { #expect(try lexer.next().kind == kind) }
        #expect(try lexer.next().kind == .end)
    }

    @Test(arguments: [
        ("0", Token.Kind.int), ("-0", .int), ("123456789012345678901234567890", .int), ("-7", .int), ("0.5", .float),
        ("-0.50", .float), ("1e5", .float), ("1E-5", .float), ("0.1e+55", .float),
    ])
    func `reads numbers as they are written`(text: String, kind: Token.Kind) throws {
        var lexer = Lexer(Source(text), maximumTokens: .max)
        let token = try lexer.next()
        #expect(token == Token(kind: kind, range: 0..<text.utf8.count))
    }

    @Test(arguments: [
        // literal → value
        (#""""#, ""), (#""a b""#, "a b"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\uD83D\uDE00""#, "\u{1F600}"),
        (#""\u{1F600}\u{41}\u{000041}""#, "\u{1F600}AA"),
        ("\"é\u{1F600}\u{2028}\u{7}\"", "é\u{1F600}\u{2028}\u{7}"),
        ("\"\"\"\"\"\"", ""), ("\"\"\"a\"\"\"", "a"), ("\"\"\" a \"\"\"", " a "),
        ("\"\"\"a\"b\"\"c\"\"\"", "a\"b\"\"c"),
        ("\"\"\"a\\\"\"\"b\\n\"\"\"", "a\"\"\"b\\n"), ("\"\"\"\n\n  a\n    b\n\n  c\n \n\"\"\"", "a\n  b\n\nc"),
        ("\"\"\"a\n  b\n\tc\"\"\"", "a\n b\nc"), ("\"\"\"\r  a\r\n   b\r\"\"\"", "a\n b"), ("\"\"\" \n \t\n\"\"\"", ""),
        ("\"\"\"    a\n    b\n   \n  c\"\"\"", "    a\n  b\n \nc"),
    ])
    func `resolves strings`(literal: String, value: String) throws {
        let source = Source(literal)
        var lexer = Lexer(source, maximumTokens: .max)
        let token = try lexer.next()
        #expect(source.stringValue(token) == value)
        #expect(token.range.upperBound == literal.utf8.count)
    }

    @Test(arguments: [
        // text, and the column of what is wrong
        ("\u{7}", 1), ("a ?", 3), ("a .b", 3), ("..", 1), ("é", 1), ("a\u{1F600}", 2), ("\u{A0}", 1), ("'a'", 1),
        ("01", 2), ("-", 2), ("-01", 3), ("1.", 3), ("1.a", 3), ("1e", 3), ("1e+", 4), ("1a", 2), ("1.1.1", 4),
        ("0x1", 2),
        (#""abc"#, 5), ("\"abc\n\"", 5), ("\"abc\r\"", 5), (#""\q""#, 2), (#""é\u12""#, 3), (#""\uD83D""#, 2),
        (#""\uD83Dx""#, 2), (#""\uDE00""#, 2), (#""\uD83D\u0041""#, 2), (#""\u{}""#, 2), (#""\u{110000}""#, 2),
        (#""\u{D800}""#, 2), (#""\u{12""#, 2), (#""\"#, 2), (#""""abc"#, 7), (#""""abc\""""#, 11),
    ])
    func `tells what is no token, and where`(text: String, column: Int) {
        #expect(throws: GraphQLError.self) {
            var lexer = Lexer(Source(text), maximumTokens: .max)
            do {
                while try lexer.next().kind != .end {}
            } catch let error as GraphQLError {
                #expect(error.locations == [GraphQLLocation(line: 1, column: column)])
                throw error
            }
        }
    }

    @Test func `counts lines and columns`() {
        let source = Source("a\nb\r\nc\rd\u{1F600}é?\n\n")
        let places = [
            (0, 1, 1), (1, 1, 2), (2, 2, 1), (3, 2, 2), (4, 2, 3), (5, 3, 1), (7, 4, 1), (8, 4, 2), (12, 4, 3),
        ]
        for (offset, line, column) in places {
            #expect(source.location(at: offset) == GraphQLLocation(line: line, column: column), "at \(offset)")
        }
        #expect(source.location(at: source.bytes.count) == GraphQLLocation(line: 6, column: 1))
        #expect(source.location(at: .max) == GraphQLLocation(line: 6, column: 1))
    }
}
