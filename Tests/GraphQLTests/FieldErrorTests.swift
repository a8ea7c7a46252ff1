import GraphQL
import GraphQLTesting
import LosslessJSON
import Testing

struct FieldErrorTests {
    @Test(arguments: [
        // query, data, and message, place and path of each error
        (
            #"{ book(id: "b1") { broken title } }"#, #"{"book":{"broken":null,"title":"Notes from Underground"}}"#,
            ["The field could not be resolved. 1:20 book.broken"]
        ),
        (#"{ book(id: "b1") { title brokenHard id } }"#, #"{"book":null}"#, ["Broken hard. 1:26 book.brokenHard"]),
        (
            #"{ book(id: "b1") { brokenHard x: broken } person { id } }"#, #"{"book":null,"person":{"id":"p1"}}"#,
            ["Broken hard. 1:20 book.brokenHard"]
        ),
        // Elements that must not be null take the list with them, others only themselves.
        (
            "{ shelf { books { sometimes } } }", #"{"shelf":{"books":[{"sometimes":136},null,{"sometimes":80}]}}"#,
            ["Book.sometimes must not be null. 1:19 shelf.books.1.sometimes"]
        ),
        (
            "{ shelf { filter strict { sometimes } } }", #"{"shelf":{"filter":null,"strict":null}}"#,
            ["Book.sometimes must not be null. 1:27 shelf.strict.0.1.sometimes"]
        ),
        ("{ works { ... on Book { brokenHard } } }", #"{"works":null}"#, ["Broken hard. 1:25 works.0.brokenHard"]),
        ("{ shelf { mixed } }", #"{"shelf":{"mixed":[1,null,null,4]}}"#, ["No two. 1:11 shelf.mixed.1"]),
        (
            "{ person { books { a: broken } friends { nameOrFail id } } }",
            #"{"person":{"books":[{"a":null},{"a":null}],"friends":[null]}}"#,
            [
                "The field could not be resolved. 1:20 person.books.0.a",
                "The field could not be resolved. 1:20 person.books.1.a",
                "Person.nameOrFail must not be null. 1:42 person.friends.0.nameOrFail",
            ]
        ),
        // A null at the root that must not be there leaves nothing.
        (
            #"{ search(text: "") { ... on Book { brokenHard } } person { id } }"#, "null",
            ["Broken hard. 1:36 search.0.brokenHard"]
        ),
        // The same when it has to be waited for.
        (
            #"{ later(id: "b2") { ... on Book { authorLater { nameOrFail } sometimes } } }"#, #"{"later":null}"#,
            ["Book.sometimes must not be null. 1:62 later.sometimes"]
        ),
        (
            #"{ later(id: "b3") { ... on Book { authorLater { nameOrFail } } } person { id } }"#,
            #"{"later":null,"person":{"id":"p1"}}"#,
            ["Person.nameOrFail must not be null. 1:49 later.authorLater.nameOrFail"]
        ),
        (
            "{ works { ... on Book { authorLater { nameOrFail } } } }", #"{"works":null}"#,
            ["Person.nameOrFail must not be null. 1:39 works.2.authorLater.nameOrFail"]
        ),
        (
            "{ shelf { books { authorLater { nameOrFail } } } }",
            #"{"shelf":{"books":[{"authorLater":{"nameOrFail":"Fyodor"}},{"authorLater":{"nameOrFail":"Fyodor"}},null]}}"#,
            ["Person.nameOrFail must not be null. 1:33 shelf.books.2.authorLater.nameOrFail"]
        ),
        // Each selection of the field is a place.
        (
            #"{ book(id: "b1") { broken } book(id: "b1") { broken } }"#, #"{"book":{"broken":null}}"#,
            ["The field could not be resolved. 1:20 1:46 book.broken"]
        ),
        // Arguments that turn out not to fit.
        (
            "query ($a: Int = 1) { sum(a: $a, b: 1) person { id } }", #"{"sum":null,"person":{"id":"p1"}}"#,
            ["Argument of sum: variable $a must not be null here. 1:30 sum"]
        ),
        (
            "query ($a: Kind = NOVEL) { search(text: \"\", kinds: [$a]) { __typename } }", "null",
            ["Argument of search: variable $a must not be null here. 1:53 search"]
        ),
    ])
    func `makes null of what fails`(query: String, data: String, errors: [String]) async throws {
        let variables = query.contains("$a") ? #"{"a": null}"# : "{}"
        let request = GraphQLRequest(query: query, variables: try GraphQLRequest.variables(JSONText(variables)))
        let response = try await librarySchema().execute(request, context: .sample)
        #expect(response.data?.description == data)
        let told = response.errors.map { error in
            let places = error.locations.map { "\($0.line):\($0.column)" }
            let path = (error.path ?? []).map { element in
                switch element {
                case .key(let key): key
                case .index(let index): "\(index)"
                }
            }
            return "\(error.message) \(places.joined(separator: " ")) \(path.joined(separator: "."))"
        }
        #expect(told == errors)
    }

    @Test func `tells what the schema says of thrown errors`() async throws {
        var schema = try librarySchema()
        schema.describeError = { error, library in
            GraphQLError(
                "\(type(of: error)) of \(library.books.count)",
                extensions: [JSONValue.Member("code", .string("LIBRARY"))])
        }
        let response = await schema.execute(GraphQLRequest(query: #"{ book(id: "b1") { broken } }"#), context: .sample)
        #expect(
            response.json.description
                == #"{"errors":[{"message":"LibraryError of 3","locations":[{"line":1,"column":20}],"#
                + #""path":["book","broken"],"extensions":{"code":"LIBRARY"}}],"data":{"book":{"broken":null}}}"#)
    }

    @Test func `mistakes of resolvers fail their fields and nothing else`() async throws {
        let schema = try GraphQLSchema<Int>(query: "Query") { types in
            types.object("Query", of: Int.self) { query in
                query.field("big", "Int") { _ in 1 << 40 }
                query.field("text", "Int") { _ in "1" }
                query.field("noList", "[Int]") { _ in 1 }
                query.field("list", "Int") { _ in [1] }
                query.field("noObject", "Item") { _ in 1 }
                query.field("otherSource", "Item") { _ in GraphQLValue.object("text") }
                query.field("otherType", "Item") { _ in GraphQLValue.object(1, type: "Query") }
                query.field("noType", "Either") { _ in GraphQLValue.object(1) }
                query.field("kind", "Kind") { _ in "B" }
                query.field("infinite", "Float") { _ in Double.infinity }
                query.field("fine", "Item") { _ in GraphQLValue.object(1) }
            }
            types.object("Item", of: Int.self) { item in item.field("id", "ID") { $0 } }
            types.union("Either", of: ["Item"])
            types.enumeration("Kind", values: ["A"])
        }
        let query = """
            { big text noList list noObject { id } otherSource { id } otherType { id } noType { ... on Item { id } } kind infinite
              fine { id } }
            """
        let response = await schema.execute(GraphQLRequest(query: query), context: 0)
        #expect(
            response.data?.description
                == #"{"big":null,"text":null,"noList":null,"list":null,"noObject":null,"otherSource":"#
                + #"{"id":null},"otherType":null,"noType":null,"kind":null,"infinite":null,"fine":{"id":"1"}}"#)
        #expect(response.errors.count == 10)
    }
}
