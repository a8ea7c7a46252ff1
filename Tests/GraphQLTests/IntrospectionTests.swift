import GraphQL
import GraphQLTesting
import LosslessJSON
import Testing

struct IntrospectionTests {
    @Test func `tells of the schema`() async throws {
        #expect(
            try await answer(
                "{ __schema { description queryType { name } mutationType { name } subscriptionType { name } } }")
                == #"{"data":{"__schema":{"description":"A library.","queryType":{"name":"Query"},"#
                + #""mutationType":{"name":"Mutation"},"subscriptionType":{"name":"Subscription"}}}}"#)
    }

    @Test func `tells of objects and interfaces`() async throws {
        let query = """
            { __type(name: "Person") { kind name interfaces { name } possibleTypes { name } enumValues { name } inputFields { name }
              fields { name args { name type { name } defaultValue } type { kind name ofType { kind name ofType { kind ofType { name } } } } } } }
            """
        let person = try JSONValue(JSONText(try await answer(query)))["data"]?["__type"]
        #expect(person?["kind"] == .string("OBJECT"))
        #expect(
            person.map { JSONText($0["interfaces"] ?? .null).description } == #"[{"name":"Node"},{"name":"Named"}]"#)
        #expect(person?["possibleTypes"] == .null)
        #expect(person?["enumValues"] == .null)
        #expect(person?["inputFields"] == .null)
        guard case .array(let fields) = person?["fields"] else { throw GraphQLError("no fields") }
        #expect(
            fields.map { JSONText($0).description }[1...] == [
                #"{"name":"name","args":[{"name":"upper","type":{"name":"Boolean"},"defaultValue":"false"}],"type":{"kind":"SCALAR","name":"String","ofType":null}}"#,
                #"{"name":"size","args":[],"type":{"kind":"NON_NULL","name":null,"ofType":{"kind":"SCALAR","name":"String","ofType":null}}}"#,
                #"{"name":"nameOrFail","args":[],"type":{"kind":"NON_NULL","name":null,"ofType":{"kind":"SCALAR","name":"String","ofType":null}}}"#,
                #"{"name":"books","args":[],"type":{"kind":"NON_NULL","name":null,"ofType":{"kind":"LIST","name":null,"ofType":{"kind":"NON_NULL","ofType":{"name":"Book"}}}}}"#,
                #"{"name":"friends","args":[],"type":{"kind":"LIST","name":null,"ofType":{"kind":"OBJECT","name":"Person","ofType":null}}}"#,
                #"{"name":"kind","args":[],"type":{"kind":"SCALAR","name":"String","ofType":null}}"#,
            ])
        #expect(
            try await answer(
                #"{ a: __type(name: "Node") { kind possibleTypes { name } } b: __type(name: "Work") { kind possibleTypes { name } fields { name } } }"#
            )
                == #"{"data":{"a":{"kind":"INTERFACE","possibleTypes":[{"name":"Book"},{"name":"Person"},{"name":"Magazine"}]},"#
                + #""b":{"kind":"UNION","possibleTypes":[{"name":"Book"},{"name":"Magazine"}],"fields":null}}}"#)
    }

    @Test func `tells of what is deprecated when asked`() async throws {
        let query =
            #"{ __type(name: "Kind") { enumValues { name } all: enumValues(includeDeprecated: true) { name isDeprecated deprecationReason } } }"#
        #expect(
            try await answer(query) == #"{"data":{"__type":{"enumValues":[{"name":"NOVEL"},{"name":"POETRY"}],"all":["#
                + #"{"name":"NOVEL","isDeprecated":false,"deprecationReason":null},"#
                + #"{"name":"POETRY","isDeprecated":false,"deprecationReason":null},"#
                + #"{"name":"ESSAY","isDeprecated":true,"deprecationReason":"none left"}]}}}"#)
        let book = try await answer(
            #"{ __type(name: "Book") { a: fields { name } b: fields(includeDeprecated: true) { name deprecationReason } } }"#
        )
        #expect(book.contains(#"{"name":"isbn","deprecationReason":"use id"}"#))
        #expect(!book.contains(#"{"name":"isbn"}"#))
        let echo = try await answer(
            #"{ __type(name: "Query") { fields { name args { name } all: args(includeDeprecated: true) { name } } } }"#)
        #expect(echo.contains(#"{"name":"range"}],"all":"#))
        #expect(echo.contains(#"{"name":"range"},{"name":"old"}]"#))
        #expect(
            try await answer(
                #"{ __type(name: "NewBook") { inputFields { name defaultValue } all: inputFields(includeDeprecated: true) { name } } }"#
            )
                == #"{"data":{"__type":{"inputFields":[{"name":"title","defaultValue":null},{"name":"kind","defaultValue":null},"#
                + #"{"name":"range","defaultValue":null},{"name":"tags","defaultValue":"[]"}],"all":[{"name":"title"},{"name":"kind"},"#
                + #"{"name":"range"},{"name":"tags"},{"name":"old"}]}}}"#)
    }

    @Test func `tells of directives and scalars`() async throws {
        #expect(
            try await answer("{ __schema { directives { name isRepeatable locations args { name type { kind } } } } }")
                .hasPrefix(
                    #"{"data":{"__schema":{"directives":[{"name":"include","isRepeatable":false,"locations":["FIELD","FRAGMENT_SPREAD","#
                        + #""INLINE_FRAGMENT"],"args":[{"name":"if","type":{"kind":"NON_NULL"}}]},{"name":"skip""#))
        #expect(
            try await answer(
                #"{ any: __type(name: "Any") { kind specifiedByURL } int: __type(name: "Int") { kind specifiedByURL } no: __type(name: "No") { kind } }"#
            )
                == #"{"data":{"any":{"kind":"SCALAR","specifiedByURL":"https://www.rfc-editor.org/rfc/rfc8259"},"#
                + #""int":{"kind":"SCALAR","specifiedByURL":null},"no":null}}"#)
    }

    @Test func `lists its own types`() async throws {
        let response = try await answer("{ __schema { types { name } } }")
        for name in [
            "__Schema", "__Type", "__TypeKind", "__Field", "__InputValue", "__EnumValue", "__Directive",
            "__DirectiveLocation", "Int", "Query",
        ] {
            #expect(response.components(of: #"{"name":"\#(name)"}"#) == 1, "\(name)")
        }
    }
}

extension String {
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
