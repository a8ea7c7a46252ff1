/// Queries of the library's schema, as lists of tokens: between them may stand whatever GraphQL passes over.
struct GraphQLGrammar {
    private var fragments: [(name: String, type: String, tokens: [String])] = []
    private var aliases = 0

    static func tokens(_ random: inout FuzzRandom) -> [String] {
        var grammar = GraphQLGrammar()
        var tokens = random.oneIn(2) ? ["query", "Q" + random.word()] : []
        if tokens.isEmpty, random.oneIn(2) { tokens = ["query"] }
        tokens += grammar.selections(of: "Query", &random, depth: 3)
        for fragment in grammar.fragments {
            tokens += ["fragment", fragment.name, "on", fragment.type] + fragment.tokens
        }
        return tokens
    }

    /// The tokens with something between them that says nothing.
    static func write(_ tokens: [String], _ random: inout FuzzRandom) -> String {
        tokens.reduce(into: "") { text, token in
            text += token
            repeat {
                text += random.pick([" ", ",", "\n", "\r\n", "\t", " #, \" {\n", "\u{FEFF} "])
            } while random.oneIn(3)
        }
    }

    private typealias Field = (name: String, arguments: [[String]], type: String?)

    private static let fields: [String: [Field]] = [
        "Query": [
            ("person", [], "Person"), ("works", [], "Book?"), ("book", [["id", ":", "\"b1\""]], "Book"),
            ("later", [["id", ":", "\"p1\""]], "Node"), ("node", [["id", ":", "\"\"\"b\"2\"\"\""]], "Node"),
            ("sum", [["a", ":", "1", "b", ":", "-2"], ["b", ":", "0", "a", ":", "7"]], nil),
            (
                "echo",
                [
                    ["any", ":", "{", "a", ":", "[", "1", "2.5", "null", "NAME", "]", "}"],
                    ["flag", ":", "false", "ratio", ":", "1e3"], ["kind", ":", "POETRY"],
                ], nil
            ),
            ("search", [["text", ":", "\"\\u0065\"", "first", ":", "2"]], "Book?"),
        ],
        "Book": [
            ("id", [], nil), ("title", [], nil), ("pages", [], nil), ("kind", [], nil), ("tags", [], nil),
            ("author", [], "Person"),
            ("authorLater", [], "Person"), ("related", [["first", ":", "2"]], "Book"), ("sometimes", [], nil),
            ("broken", [], nil),
        ],
        "Person": [
            ("id", [], nil), ("name", [["upper", ":", "true"], []], nil), ("books", [], "Book"),
            ("friends", [], "Person"), ("kind", [], nil),
        ],
        "Node": [("id", [], nil)],
    ]

    private mutating func selections(of type: String, _ random: inout FuzzRandom, depth: Int) -> [String] {
        var tokens = ["{"]
        for _ in 0...random.below(4) {
            if random.oneIn(8) { tokens += alias(&random) + ["__typename"] }
            guard let fields = Self.fields[type] else { continue }
            let usable = fields.filter { depth > 0 || $0.type == nil }
            guard !usable.isEmpty else { continue }
            let field = random.pick(usable)
            // Each has a name of its own, so that two never have to be one.
            tokens += alias(&random) + [field.name]
            if let arguments = field.arguments.isEmpty ? nil : random.pick(field.arguments), !arguments.isEmpty {
                tokens += ["("] + arguments + [")"]
            }
            if random.oneIn(8) {
                tokens += [
                    "@", random.pick(["skip", "include"]), "(", "if", ":", random.pick(["true", "false"]), ")",
                ]
            }
            if let inner = field.type { tokens += object(inner, &random, depth: depth - 1) }
        }
        if tokens.count == 1 { tokens.append("__typename") }
        return tokens + ["}"]
    }

    private mutating func object(_ type: String, _ random: inout FuzzRandom, depth: Int) -> [String] {
        // Of unions and interfaces a part is asked for.
        if type.hasSuffix("?") {
            return ["{", "...", "on", String(type.dropLast())]
                + selections(of: String(type.dropLast()), &random, depth: depth) + ["}"]
        }
        guard random.oneIn(4) else { return selections(of: type, &random, depth: depth) }
        let name = "F\(fragments.count)"
        fragments.append((name, type, []))
        let at = fragments.count - 1
        fragments[at].tokens = selections(of: type, &random, depth: depth)
        return ["{", "...", name, "}"]
    }

    private mutating func alias(_ random: inout FuzzRandom) -> [String] {
        aliases += 1
        return ["a\(aliases)", ":"]
    }
}
