import Testing

@testable import GraphQL

struct ParserTests {
    @Test func `reads operations and fragments`() throws {
        let document = try Parser.document(
            """
            query Q($a: [Int!]! = [1], $b: T @d(x: {y: "z"})) @e { x: f(a: $a, b: ENUM) @g { ...F ... on T { h } ... @i { j } } }
            fragment F on T @k { l }
            "text" mutation { m }
            subscription S { n }
            """)
        #expect(document.definitions.count == 4)
        #expect(document.operations.map(\.kind) == [.query, .mutation, .subscription])
        #expect(document.operations.map { $0.name?.text } == ["Q", nil, "S"])
        let operation = document.operations[0]
        #expect(operation.variables.map(\.type.description) == ["[Int!]!", "T"])
        #expect(operation.variables[0].defaultValue?.canonicalText == "[1]")
        #expect(operation.variables[1].directives.map(\.name.text) == ["d"])
        guard case .field(let field) = operation.selectionSet.selections.first else { throw Missing() }
        #expect(field.responseName == "x")
        #expect(field.name.text == "f")
        #expect(field.arguments.map { "\($0.name.text)=\($0.value.canonicalText)" } == ["a=$a", "b=ENUM"])
        let inner = try #require(field.selectionSet).selections
        guard case .spread(let spread) = inner[0], case .inline(let on) = inner[1], case .inline(let bare) = inner[2]
        else { throw Missing() }
        #expect(spread.name.text == "F")
        #expect(on.typeCondition?.text == "T")
        #expect(bare.typeCondition == nil)
        #expect(bare.directives.map(\.name.text) == ["i"])
        #expect(document.fragments["F"]?.typeCondition.text == "T")
    }

    struct Missing: Error {}

    @Test func `words of the language are names too`() throws {
        _ = try Parser.document(
            "query query($on: fragment) { on: query(true: false, null: null) { fragment } ... on on { on } }")
        _ = try Parser.document("fragment type on on { mutation }")
    }

    @Test(arguments: [
        ("1", "1"), ("-1.50e3", "-1.50e3"), (#""a\u0041""#, #""aA""#), ("true", "true"), ("null", "null"), ("E", "E"),
        ("[]", "[]"), ("[1 [2], $v]", "[1,[2],$v]"), ("{}", "{}"), ("{b: 1, a: {c: [E]}}", "{a:{c:[E]},b:1}"),
    ])
    func `reads values`(text: String, canonical: String) throws {
        let document = try Parser.document("{ f(a: \(text)) }")
        guard case .field(let field) = document.operations[0].selectionSet.selections[0] else { throw Missing() }
        #expect(field.arguments[0].value.canonicalText == canonical)
    }

    @Test(arguments: [
        // text, column
        ("", 1), ("#", 2), ("{", 2), ("{}", 2), ("{a", 3), ("{a{}}", 4), ("{a()}", 4), ("{a(x:)}", 6), ("{a:}", 4),
        ("{...}", 5),
        ("{...on}", 7), ("{...on{a}}", 7), ("fragment on on T{a}", 10), ("fragment F{a}", 11),
        ("fragment F($a:Int) on T{a}", 11),
        ("{...F(x:1)}", 6), ("query(){a}", 7), ("query ($a:[Int){a}", 15), ("query Q($a:Int=$b){a}", 16),
        ("query Q($a:Int=[$b]){a}", 17), ("query Q($a:Int @d(x:$b)){a}", 21), ("query Q($a:Int!!){a}", 16),
        ("mutaton{a}", 1),
        ("{a(x:[1 2)}", 10), ("{a(x:{b:1 c})}", 12), ("{a @}", 5), ("{a@b(}", 6), ("{a(x:$)}", 7), ("{a(x:$1)}", 7),
        ("{a} b", 5),
        ("{a}}", 4), ("query Q Q{a}", 9), ("query 1{a}", 7), ("{a!}", 3), ("{$a}", 2), ("query Q{a}query", 16),
        ("\"d\" {a}", 1),
        ("\"d\"", 4), ("\"d\" foo", 1), ("{a(x:true false)}", 16), ("query Q($a:Int=$){a}", 16),
    ])
    func `tells what is wrong, and where`(text: String, column: Int) {
        #expect(location(of: text) == GraphQLLocation(line: 1, column: column))
    }

    @Test(arguments: [
        "type A", "type A implements B & C @d { \"x\" f(\"y\" a: Int = 1 @d): [Int!]! @d }",
        "extend type A implements & B",
        "schema @d { query: A mutation: B }", "extend schema @d", "scalar S @d", "interface I implements J { a: Int }",
        "union U = | A | B", "union U", "enum E { \"x\" A @d B }", "input I { a: Int = {b: [1]} @d }",
        "directive @d(a: Int) repeatable on | FIELD | ENUM_VALUE", "\"\"\"x\"\"\" directive @d on QUERY",
        "extend union U = A",
    ])
    func `recognises definitions of types, and executes none`(text: String) throws {
        let document = try Parser.document("{a} \(text)")
        guard case .typeSystem(_, let offset) = document.definitions.last else { throw Missing() }
        #expect(offset == 4)
    }

    @Test(arguments: [
        ("type A{}", 8), ("type A implements", 18), ("extend type A", 14), ("extend", 7), ("extend foo", 8),
        ("enum E{true}", 8),
        ("union U=", 9), ("directive a on FIELD", 11), ("directive @a on NOWHERE", 17), ("schema{}", 8),
        ("schema{foo:Q}", 8),
        ("input I{a}", 10), ("extend schema", 14), ("\"d\" extend type X @a", 1), ("extend directive @a on FIELD", 8),
    ])
    func `tells what is wrong in definitions of types`(text: String, column: Int) {
        #expect(location(of: text) == GraphQLLocation(line: 1, column: column))
    }

    @Test func `refuses what is too long or too deep`() throws {
        let limits = GraphQLLimits(maximumBytes: 40, maximumTokens: 12, maximumNesting: 3)
        func message(_ text: String) -> String? {
            do {
                _ = try Parser.document(text, limits: limits)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(message("{a{b{c}}}") == nil)
        #expect(message("{a{b{c{d}}}}") == "line 1, column 7: The document is nested deeper than 3 levels.")
        #expect(message("{a(x:[[1]])}") == nil)
        #expect(message("{a(x:[[[1]]])}") == "line 1, column 8: The document is nested deeper than 3 levels.")
        #expect(message("query($a:[[[[I")?.contains("nested deeper") == true)
        #expect(message("{a b c d e f g h i j}") == nil)
        #expect(message("{a b c d e f g h i j k}") == "line 1, column 23: The document has more than 12 tokens.")
        #expect(message("{aé\(String(repeating: "b", count: 40))}")?.contains("longer than 40 bytes") == true)
    }

    private func location(of text: String) -> GraphQLLocation? {
        do {
            _ = try Parser.document(text)
            return nil
        } catch {
            return error.locations.first
        }
    }
}
