import GraphQL
import GraphQLTesting
import LosslessJSON
import Testing

struct VariableTests {
    @Test(arguments: [
        // type, JSON, what a resolver sees
        ("Int", "7", "7"), ("Int", "7.0", "7"), ("Int", "70e-1", "7"), ("Int", "-2147483648", "-2147483648"),
        ("Int", "null", "null"),
        ("Float", "1", "1"), ("Float", "1.50", "1.50"), ("String", #""a""#, #""a""#), ("Boolean", "false", "false"),
        ("ID", #""a""#, #""a""#), ("ID", "12", #""12""#), ("Kind", #""ESSAY""#, #""ESSAY""#),
        ("[Int]", "[1,null]", "[1,null]"), ("[Int]", "1", "[1]"), ("[[Int]]", "[1,[2]]", "[[1],[2]]"),
        ("[Int]", "null", "null"),
        ("Range", #"{"to":null,"from":1}"#, #"{"from":1,"to":null}"#),
        ("Range", #"{"from":1}"#, #"{"from":1,"to":100}"#),
        ("Filter", #"{"not":{"kinds":"NOVEL"}}"#, #"{"not":{"kinds":["NOVEL"],"limit":5},"limit":5}"#),
        ("Any", #"{"a":[1.50,{"b":null}]}"#, #"{"a":[1.50,{"b":null}]}"#),
    ])
    func `takes values of their types`(type: String, json: String, seen: String) async throws {
        let schema = try Self.schema(type)
        let request = GraphQLRequest(
            query: "query ($v: \(type)) { see(value: $v) }",
            variables: try GraphQLRequest.variables(JSONText(#"{"v":\#(json)}"#)))
        let response = await schema.execute(request, context: 0)
        #expect(response.json.description == #"{"data":{"see":\#(seen)}}"#)
    }

    @Test(arguments: [
        ("Int", "1.5", "1.5 is not a 32-bit integer"), ("Int", "2147483648", "2147483648 is not a 32-bit integer"),
        ("Int", #""1""#, #""1" is not an Int"#), ("Int", "true", "true is not an Int"),
        ("Float", #""1""#, #""1" is not a Float"#),
        ("Float", "1e999", "1e999 is out of range"), ("String", "1", "1 is not a String"),
        ("Boolean", "1", "1 is not a Boolean"),
        ("ID", "1.5", "1.5 is not an ID"), ("ID", "true", "true is not an ID"),
        ("Kind", #""HORROR""#, "Kind has no value HORROR"),
        ("Kind", "1", "1 is not of type Kind"), ("Int!", "null", "null is not a Int!"),
        ("[Int!]", "[1,null]", "null is not a Int! (at [1])"),
        ("[[Int]]", #"[[1],["a"]]"#, #""a" is not an Int (at [1][0])"#),
        ("Range", "1", "1 is not of type Range"), ("Range", "{}", "field from of Range is missing"),
        ("Range", #"{"from":1,"x":2}"#, "Range has no field x"),
        ("Range", #"{"from":null}"#, "null is not a Int! (at .from)"),
        ("Filter", #"{"not":{"pages":{"from":"1"}}}"#, #""1" is not an Int (at .not.pages.from)"#),
    ])
    func `refuses others`(type: String, json: String, reason: String) async throws {
        let schema = try Self.schema(type)
        let request = GraphQLRequest(
            query: "query ($v: \(type)) { see(value: $v) }",
            variables: try GraphQLRequest.variables(JSONText(#"{"v":\#(json)}"#)))
        let response = await schema.execute(request, context: 0)
        #expect(response.isRequestError)
        #expect(response.errors.map(\.description) == ["line 1, column 8: Variable $v: \(reason)."])
    }

    @Test func `a variable that is needed has to be given`() async throws {
        let response = try await librarySchema().execute(
            GraphQLRequest(query: "query ($a: Int!, $b: Int!) { sum(a: $a, b: $b) }"), context: .sample)
        #expect(
            response.errors.map(\.message) == [
                "Variable $a: a value of type Int! has to be given.",
                "Variable $b: a value of type Int! has to be given.",
            ])
    }

    @Test func `messages do not repeat large values`() async throws {
        let large = #"{"v":"\#(String(repeating: "a", count: 100_000))"}"#
        let response = await (try Self.schema("Int")).execute(
            GraphQLRequest(
                query: "query ($v: Int) { see(value: $v) }", variables: try GraphQLRequest.variables(JSONText(large))),
            context: 0)
        #expect(response.json.bytes.count < 500)
    }

    @Test func `scalars of one's own say what they take`() async throws {
        let schema = try GraphQLSchema<Int>(query: "Query") { types in
            types.scalar("Even") { value in
                guard let number = Int(graphQL: value), number.isMultiple(of: 2) else {
                    throw GraphQLError("it is odd")
                }
                return .number("\(number / 2)")
            }
            types.object("Query", of: Int.self) { query in
                query.field("half", "Int", arguments: [GraphQLInput("of", "Even!", default: "8")]) { _, call in
                    call.arguments("of", as: Int.self)
                }
            }
        }
        func answer(_ query: String, _ value: JSONValue = .null) async -> String {
            await schema.execute(GraphQLRequest(query: query, variables: [.init("v", value)]), context: 0).json
                .description
        }
        #expect(await answer("{ half }") == #"{"data":{"half":4}}"#)
        #expect(await answer("{ half(of: 6) }") == #"{"data":{"half":3}}"#)
        #expect(await answer("query ($v: Even!) { half(of: $v) }", .number("12")) == #"{"data":{"half":6}}"#)
        #expect(await answer("{ half(of: 7) }").contains("7 is no Even: it is odd."))
        #expect(await answer("query ($v: Even!) { half(of: $v) }", .string("a")).contains("Variable $v: it is odd."))
    }

    /// Answers with the value it is given.
    private static func schema(_ type: String) throws -> GraphQLSchema<Int> {
        try GraphQLSchema(query: "Query") { types in
            types.object("Query", of: Int.self) { query in
                query.field("see", "Any", arguments: [GraphQLInput("value", type)]) { _, call in
                    call.arguments["value"].map(JSONText.init)
                }
            }
            types.scalar("Any")
            types.enumeration("Kind", values: ["NOVEL", "ESSAY"])
            types.input("Range", fields: [GraphQLInput("from", "Int!"), GraphQLInput("to", "Int", default: "100")])
            types.input(
                "Filter",
                fields: [
                    GraphQLInput("not", "Filter"), GraphQLInput("kinds", "[Kind!]"), GraphQLInput("pages", "Range"),
                    GraphQLInput("limit", "Int!", default: "5"),
                ])
        }
    }
}
