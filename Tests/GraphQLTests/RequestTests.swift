import GraphQL
import LosslessJSON
import Testing

struct RequestTests {
    @Test func `reads a request`() throws {
        let body =
            #"{"query": "{a}", "operationName": "A", "variables": {"x": 1.50, "y": [null]}, "extensions": {}, "id": 1}"#
        let request = try GraphQLRequest(json: body.utf8)
        #expect(request.query == "{a}")
        #expect(request.operationName == "A")
        #expect(request.variables == [.init("x", .number("1.50")), .init("y", .array([.null]))])
        let least = try GraphQLRequest(json: #"{"query": "", "operationName": null, "variables": null}"#.utf8)
        #expect(least == GraphQLRequest(query: ""))
    }

    @Test(arguments: [
        ("", "The body is not a JSON object: line 1, column 1: expected '{', found the end of the text"),
        ("[]", "The body is not a JSON object: line 1, column 1: expected '{', found '['"),
        ("{}", "The body needs a member query, a string."),
        (#"{"query": 1}"#, "The body needs a member query, a string."),
        (#"{"query": null}"#, "The body needs a member query, a string."),
        (#"{"query": "", "operationName": 1}"#, "operationName has to be a string or null."),
        (#"{"query": "", "variables": []}"#, "variables has to be an object or null."),
        (#"{"query": "", "variables": "{}"}"#, "variables has to be an object or null."),
    ])
    func `tells what is no request`(body: String, message: String) {
        #expect(throws: GraphQLError(message)) { try GraphQLRequest(json: body.utf8) }
    }

    @Test func `writes responses`() {
        #expect(GraphQLResponse(data: .null).json.description == #"{"data":null}"#)
        #expect(
            GraphQLResponse(data: nil, errors: [GraphQLError("a \"b\"")]).json.description
                == #"{"errors":[{"message":"a \"b\""}]}"#)
        let error = GraphQLError(
            "m", locations: [GraphQLLocation(line: 1, column: 2)], path: [.key("a"), .index(0)],
            extensions: [JSONValue.Member("code", .number("7"))])
        #expect(
            GraphQLResponse(data: .emptyObject, errors: [error]).json.description
                == #"{"errors":[{"message":"m","locations":[{"line":1,"column":2}],"path":["a",0],"extensions":{"code":7}}],"data":{}}"#
        )
    }
}
