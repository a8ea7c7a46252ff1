import GraphQL
import GraphQLTesting
import LosslessJSON
import Testing

private let documents = hostileDocuments()

struct LimitTests {
    /// The first error of a request; nil when it is answered.
    private func refusal(_ query: String, _ limits: GraphQLLimits, _ variables: String = "{}") async throws -> String? {
        let request = GraphQLRequest(query: query, variables: try GraphQLRequest.variables(JSONText(variables)))
        let response = try await librarySchema(limits: limits).execute(request, context: .sample)
        return response.isRequestError ? response.errors.first?.description : nil
    }

    @Test func `bounds the depth of fields, fragments spread out`() async throws {
        let limits = GraphQLLimits(maximumDepth: 3)
        #expect(try await refusal("{ person { friends { id } } }", limits) == nil)
        #expect(
            try await refusal("{ person { friends { friends { id } } } }", limits)
                == "line 1, column 1: The operation asks for too much: its fields are nested in 4 levels; 3 are allowed."
        )
        #expect(
            try await refusal(
                "{ ...F } fragment F on Query { person { ...G } } fragment G on Person { friends { id } }", limits)
                == nil)
        #expect(
            try await refusal(
                "{ ...F } fragment F on Query { person { ...G } } fragment G on Person { friends { friends { id } } }",
                limits) != nil)
        #expect(try await refusal("{ person { friends { friends @skip(if: true) { id } id } } }", limits) == nil)
    }

    @Test func `bounds the number of fields, fragments spread out`() async throws {
        let limits = GraphQLLimits(maximumFields: 4)
        #expect(try await refusal("{ a: __typename b: __typename c: __typename d: __typename }", limits) == nil)
        #expect(
            try await refusal(
                "query Q { a: __typename b: __typename c: __typename d: __typename e: __typename }", limits)
                == "line 1, column 1: The operation asks for too much: it has 5 fields; 4 are allowed.")
        #expect(
            try await refusal("{ a: person { ...F } b: person { ...F } } fragment F on Person { id }", limits) == nil)
        #expect(
            try await refusal("{ a: person { ...F } b: person { ...F } } fragment F on Person { id name }", limits)
                != nil)
    }

    @Test func `bounds the cost, sizes of pages multiplied`() async throws {
        let limits = GraphQLLimits(maximumCost: 100)
        let query = "query ($n: Int) { search(text: \"\", first: $n) { ... on Node { id } __typename } }"
        #expect(try await refusal(query, limits, #"{"n": 49}"#) == nil)
        #expect(
            try await refusal(query, limits, #"{"n": 50}"#)
                == "line 1, column 1: The operation asks for too much: it costs 101; 100 is allowed.")
        #expect(try await refusal(query, limits, #"{"n": -5}"#) == nil)
        // The default of the argument is 10.
        #expect(try await refusal(query, limits) == nil)
        let twice = "{ a: search(text: \"\") { __typename } b: search(text: \"\", first: 2147483647) { __typename } }"
        #expect(try await refusal(twice, limits)?.contains("it costs 2147483659") == true)
    }

    @Test func `sums do not overflow`() async throws {
        // Each fragment holds the next one twice, so that the numbers double sixty-four times and more.
        let fragments = (0..<90).map { "fragment F\($0) on Query { ...F\($0 + 1) ... { ...F\($0 + 1) } }" }
        let query = "{ ...F0 } \(fragments.joined(separator: " ")) fragment F90 on Query { __typename }"
        #expect(try await refusal(query, .standard)?.contains("it has \(Int.max) fields") == true)
    }

    @Test(arguments: documents.map(\.name))
    func `answers hostile documents`(name: String) async throws {
        let text = documents.first { $0.name == name }?.text ?? ""
        let schema = try librarySchema()
        let clock = ContinuousClock()
        let time = await clock.measure {
            let response = await schema.execute(GraphQLRequest(query: text), context: .sample)
            #expect(response.json.bytes.count < 1_000_000)
            #expect(response.data != nil || !response.errors.isEmpty)
        }
        // They take less than 100 ms when optimised, on a machine that does nothing else.
        #expect(time < .seconds(10))
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `answers broken documents`(seed: UInt64) async throws {
        let schema = try librarySchema()
        var mutations = Mutations(seed: seed)
        for _ in 0..<100 {
            let response = await schema.execute(GraphQLRequest(query: mutations.next()), context: .sample)
            #expect(response.data != nil || !response.errors.isEmpty)
            #expect(throws: Never.self) { try JSONText(response.json.bytes) }
        }
    }

    @Test func `stops at enough errors`() throws {
        let schema = try librarySchema(limits: GraphQLLimits(maximumErrors: 3))
        #expect(schema.validate("{ a b c }").count == 3)
        #expect(schema.validate("{ a b c d e }").map(\.message).last == "There are more errors than these.")
        #expect(schema.validate("{ a b c d e }").count == 4)
    }
}
