import GraphQL
import GraphQLTesting
import LosslessJSON
import Testing

struct SchemaTests {
    @Test func `puts a schema together`() throws {
        _ = try librarySchema()
        _ = try pageSchema()
    }

    /// What is wrong with a query type and the types that are added.
    private func problems(
        fields: (inout GraphQLFields<Int, Int>) -> Void = { $0.field("a", "Int") { $0 } },
        types more: (inout GraphQLTypes<Int>) -> Void = { _ in }
    ) -> [String] {
        do {
            _ = try GraphQLSchema<Int>(query: "Query") { types in
                types.object("Query", of: Int.self, fields)
                more(&types)
            }
            return []
        } catch {
            return error.problems
        }
    }

    @Test func `tells of names that are unknown, repeated or reserved`() {
        #expect(problems() == [])
        #expect(
            problems { $0.field("a", "Nothing") { $0 } }.first == "Query.a: Nothing is not a type: it is not defined")
        #expect(
            problems { $0.field("a", "[Int") { $0 } }.first?.hasPrefix("Query.a: [Int is not a type: line 1, column 5")
                == true)
        #expect(problems { $0.field("1a", "Int") { $0 } } == ["1a in Query is not a name."])
        #expect(problems { $0.field("__a", "Int") { $0 } } == ["The name __a in Query is reserved."])
        #expect(
            problems { fields in
                fields.field("a", "Int") { $0 }
                fields.field("a", "Int") { $0 }
            } == ["Query has a name twice."])
        #expect(problems { _ in } == ["Query has no fields."])
        #expect(problems(types: { $0.scalar("Query") }).first == "Type Query is defined twice.")
        #expect(problems(types: { $0.scalar("__S") }) == ["The name __S is reserved for introspection."])
        #expect(
            problems(types: { $0.union("U", of: ["Nothing"]) }) == [
                "U: type Nothing is not defined.", "U has no members.",
            ])
    }

    @Test func `tells of types that do not belong where they are`() {
        #expect(problems(types: { $0.union("U", of: ["Int"]) }) == ["Int in U is not an object."])
        #expect(problems(types: { $0.enumeration("E", values: []) }) == ["E has no values."])
        #expect(problems(types: { $0.enumeration("E", values: ["true"]) }) == ["true cannot be a value of E."])
        #expect(problems(types: { $0.input("I", fields: []) }) == ["I has no fields."])
        #expect(
            problems(types: { $0.input("I", fields: [GraphQLInput("a", "Query")]) }) == ["a in I is of no input type."])
        #expect(
            problems(types: { $0.input("I", fields: [GraphQLInput("a", "I!")]) }) == [
                "I cannot be given: it has to hold itself."
            ])
        #expect(problems(types: { $0.input("I", fields: [GraphQLInput("a", "[I!]!")]) }) == [])
        #expect(
            problems(types: { $0.input("I", fields: [GraphQLInput("a", "Int!", deprecated: "old")]) })
                == ["a in I is required and so cannot be deprecated."])
        #expect(
            problems(
                fields: { $0.field("a", "I") { $0 } }, types: { $0.input("I", fields: [GraphQLInput("a", "Int")]) })
                == ["Query.a cannot answer with an input object."])
        #expect(
            problems {
                $0.field("a", "Int", arguments: [GraphQLInput("x", "Int", default: "\"1\"")]) { value, _ in value }
            }.first?
            .hasPrefix("The default \"1\" of x does not fit its type") == true)
        #expect(problems(types: { $0.directive("d", locations: ["NOWHERE"]) }) == ["@d: there is no location NOWHERE."])
    }

    @Test func `tells of objects that are not what their interfaces are`() {
        func implement(_ field: @escaping (inout GraphQLFields<Int, Int>) -> Void) -> [String] {
            problems(types: { types in
                types.interface("Node") { $0.field("a", "Int", arguments: [GraphQLInput("x", "Int")]) }
                types.object("O", of: Int.self, implements: ["Node"], field)
            })
        }
        #expect(
            implement {
                $0.field("a", "Int!", arguments: [GraphQLInput("x", "Int"), GraphQLInput("y", "Int")]) { value, _ in
                    value
                }
            } == [])
        #expect(implement { $0.field("b", "Int") { $0 } } == ["O.a is missing, which Node has."])
        #expect(
            implement { $0.field("a", "String", arguments: [GraphQLInput("x", "Int")]) { value, _ in value } }
                == ["The type of O.a does not agree with Node."])
        #expect(implement { $0.field("a", "Int") { $0 } } == ["O.a does not take x as Node does."])
        #expect(
            implement {
                $0.field("a", "Int", arguments: [GraphQLInput("x", "Int"), GraphQLInput("y", "Int!")]) { value, _ in
                    value
                }
            }
                == ["O.a wants y, of which Node does not know."])
        #expect(
            problems(types: { types in
                types.interface("A") { $0.field("a", "Int") }
                types.interface("B", implements: ["A"]) { $0.field("a", "Int") }
                types.object("O", of: Int.self, implements: ["B"]) { $0.field("a", "Int") { $0 } }
            }) == ["O implements B and so has to implement A."])
    }

    @Test func `tells of roots that are none`() {
        #expect(throws: GraphQLSchemaError.self) {
            try GraphQLSchema<Int>(query: "Nothing") { _ in }
        }
        #expect(throws: GraphQLSchemaError.self) {
            try GraphQLSchema<Int>(query: "Query") {
                $0.object("Query", of: String.self) { $0.field("a", "String") { $0 } }
            }
        }
    }

    @Test func `defaults build on defaults`() async throws {
        let schema = try GraphQLSchema<Int>(query: "Query") { types in
            types.object("Query", of: Int.self) { query in
                query.field("see", "String", arguments: [GraphQLInput("value", "Outer", default: "{}")]) { _, call in
                    call.arguments["value"].map { JSONText($0).description }
                }
            }
            types.input(
                "Outer",
                fields: [GraphQLInput("inner", "Inner", default: "{}"), GraphQLInput("n", "Int", default: "1")])
            types.input("Inner", fields: [GraphQLInput("core", "Core!", default: "{m: 5}")])
            types.input("Core", fields: [GraphQLInput("k", "[String]", default: "\"x\""), GraphQLInput("m", "Int")])
        }
        let response = await schema.execute(GraphQLRequest(query: "{ see }"), context: 0)
        #expect(
            try JSONValue(response.json)["data"]?["see"] == .string(#"{"inner":{"core":{"k":["x"],"m":5}},"n":1}"#))
    }
}
