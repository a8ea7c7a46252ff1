import GraphQL
import GraphQLTesting
import LosslessJSON

/// The GraphQL engine: what is valid is answered, what is not is not executed, and what says nothing changes nothing.
struct GraphQLTarget: FuzzTarget {
    enum Input {
        /// A query of the grammar, written twice.
        case sound(String, String)
        case broken(String)
    }

    private let schema: GraphQLSchema<Library>
    private var mutations = Mutations(seed: 0)

    init() throws {
        schema = try librarySchema()
    }

    mutating func input(_ random: inout FuzzRandom) -> Input {
        if random.oneIn(2) {
            mutations.restart(seed: random.next())
            return .broken(mutations.next())
        }
        let tokens = GraphQLGrammar.tokens(&random)
        let text = GraphQLGrammar.write(tokens, &random)
        if random.oneIn(2) { return .sound(text, GraphQLGrammar.write(tokens, &random)) }
        var bytes = Array(text.utf8)
        Self.mutator.mutate(&bytes, &random)
        return .broken(String(decoding: bytes, as: UTF8.self))
    }

    private static let mutator = ByteMutator([
        "{", "}", "(", ")", "...", "...F0", "$", "@", "!", ":", "\"", "\"\"\"", "\\u{1F600}", "\\uD83D",
        "fragment F on Query", "1e9999", "#",
        "\u{0}", "__schema{types{name}}", "@skip(if:true)", "$v", "mutation", "subscription",
    ])

    func run(_ input: Input) async throws -> Bool {
        switch input {
        case .sound(let text, let other):
            let answer = try await self.answer(text)
            try check(answer.data != nil, "a query of the grammar is refused: \(answer.errors)")
            let again = try await self.answer(other)
            try check(again.data == answer.data, "written in another way it is answered otherwise")
            try check(again.errors.count == answer.errors.count, "written in another way it has other errors")
            return true
        case .broken(let text): return try await answer(text).data != nil
        }
    }

    private func answer(_ text: String) async throws -> GraphQLResponse {
        let answer = await schema.execute(GraphQLRequest(query: text), context: .sample)
        // Cycles of books and people make answers large; the cost of a query bounds them.
        let json = answer.json
        // JSON knows U+0000, and a query may bring it; what Daybook takes as JSON has none.
        if !json.description.contains("\\u0000") {
            try check((try? JSONText(json.bytes)) == json, "the answer is no JSON")
        }
        let errors = schema.validate(text)
        if !errors.isEmpty {
            try check(answer.data == nil, "what is not valid is executed: \(errors)")
            try check(!answer.errors.isEmpty, "what is not valid is refused without a word")
        }
        if answer.data == nil { try check(!answer.errors.isEmpty, "nothing is said of why there is no data") }
        return answer
    }

    func describe(_ input: Input) -> String {
        switch input {
        case .sound(let text, let other): "\(text)\n--- and ---\n\(other)"
        case .broken(let text): text
        }
    }
}
