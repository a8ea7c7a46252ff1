import GraphQL
import GraphQLTesting
import LosslessJSON
import Testing

/// The response to a document of the library, as JSON.
func answer(_ query: String, _ variables: String = "{}", operation: String? = nil) async throws -> String {
    let request = GraphQLRequest(
        query: query, operationName: operation, variables: try GraphQLRequest.variables(JSONText(variables)))
    return await (try librarySchema()).execute(request, context: .sample).json.description
}

struct ExecutionTests {
    @Test func `merges fields in the order they come`() async throws {
        #expect(
            try await answer(
                "{ person { id ...F name friends { id } } person { friends { name } id } } fragment F on Person { size id }"
            )
                == #"{"data":{"person":{"id":"p1","size":"p1","name":"Fyodor","friends":[{"id":"p2","name":null}]}}}"#)
    }

    @Test func `answers aliases and typenames`() async throws {
        #expect(
            try await answer(#"{ t: __typename b: book(id: "b1") { __typename x: title y: title } }"#)
                == #"{"data":{"t":"Query","b":{"__typename":"Book","x":"Notes from Underground","y":"Notes from Underground"}}}"#
        )
    }

    @Test func `finds the type of abstract values`() async throws {
        let query = """
            { nodes(ids: ["b3", "nobody", "m1", "p1"]) {
              __typename id ... on Book { title } ... on Named { name } ... on Magazine { issue ... on Node { id } } } }
            """
        #expect(
            try await answer(query)
                == #"{"data":{"nodes":[{"__typename":"Book","id":"b3","title":"Poems \"and\" songs"},null,"#
                + #"{"__typename":"Magazine","id":"m1","issue":7},{"__typename":"Person","id":"p1","name":"Fyodor"}]}}"#
        )
    }

    @Test func `skips and includes`() async throws {
        let query = """
            query ($yes: Boolean!, $no: Boolean = false) { person {
              a: id @skip(if: $yes) b: id @skip(if: $no) c: id @include(if: $yes) d: id @include(if: $no)
              e: id @include(if: true) @skip(if: true) ... @skip(if: $yes) { f: id } ...G @include(if: $yes) ...G @skip(if: true) } }
            fragment G on Person { g: id }
            """
        #expect(
            try await answer(query, #"{"yes": true}"#) == #"{"data":{"person":{"b":"p1","c":"p1","g":"p1"}}}"#)
    }

    @Test func `an object is null when a condition in it is`() async throws {
        let inner = "query ($no: Boolean = false) { person { id ... { a: id @include(if: $no) } } }"
        #expect(
            try await answer(inner, #"{"no": null}"#)
                == #"{"errors":[{"message":"Argument of @include: if must not be null.","locations":[{"line":1,"column":69}],"#
                + #""path":["person"]}],"data":{"person":null}}"#)
        let outer = "query ($no: Boolean = false) { person @skip(if: $no) { id } }"
        #expect(try await answer(outer, #"{"no": null}"#).hasSuffix(#""data":null}"#))
        let skipped = "query ($no: Boolean = false) { person { id a: id @include(if: $no) @skip(if: true) } }"
        #expect(try await answer(skipped, #"{"no": null}"#) == #"{"data":{"person":{"id":"p1"}}}"#)
    }

    @Test func `answers an object without fields`() async throws {
        #expect(try await answer("{ person { id @skip(if: true) } }") == #"{"data":{"person":{}}}"#)
        #expect(
            try await answer(#"{ later(id: "b1") { id @skip(if: true) } person { id } }"#)
                == #"{"data":{"later":{},"person":{"id":"p1"}}}"#)
    }

    @Test func `writes scalars as what they are`() async throws {
        #expect(
            try await answer(#"{ book(id: "b1") { id pages price kind tags } shelf { anything } }"#)
                == #"{"data":{"book":{"id":"b1","pages":136,"price":17,"kind":"NOVEL","tags":["NOVEL","b1"]},"#
                + #""shelf":{"anything":{"a":[1.50,null]}}}}"#)
    }

    @Test func `passes arguments on`() async throws {
        let query = """
            query ($a: Any, $i: Int = 3, $absent: Int) {
              echo(any: [$a, E, {x: $i, y: $absent}], matrix: [1, [$i, $absent]], ratio: 2, id: 7, kind: POETRY, texts: "x",
                range: {from: $i}, old: $absent) }
            """
        let expected =
            #"{"any":[{"b":1.50},"E",{"x":3}],"matrix":[[1],[3,null]],"flag":true,"ratio":2,"id":"7","kind":"POETRY","#
            + #""texts":["x"],"range":{"from":3,"to":100}}"#
        let response = try await answer(query, #"{"a": {"b": 1.50}}"#)
        let echo = try JSONValue(JSONText(response))["data"]?["echo"]
        #expect(echo == .string(expected))
    }

    @Test func `tells null from absence`() async throws {
        func echo(_ definition: String, _ arguments: String, _ variables: String = "{}") async throws -> JSONValue? {
            let query = "query \(definition) { echo(\(arguments)) }"
            return try JSONValue(JSONText(try await answer(query, variables)))["data"]?["echo"]
        }
        let tail = #""texts":["a","b"]}"#
        #expect(try await echo("", "kind: null") == .string(#"{"flag":true,"kind":null,"# + tail))
        #expect(try await echo("($k: Kind)", "kind: $k") == .string(#"{"flag":true,"kind":"NOVEL","# + tail))
        #expect(
            try await echo("($k: Kind)", "kind: $k", #"{"k": null}"#) == .string(#"{"flag":true,"kind":null,"# + tail))
        #expect(
            try await echo("($o: Int)", "old: $o", #"{"o": null}"#)
                == .string(#"{"flag":true,"kind":"NOVEL","texts":["a","b"],"old":null}"#))
    }

    @Test func `executes mutations one after the other`() async throws {
        let log = Log()
        let schema = try GraphQLSchema<Log>(query: "Query", mutation: "Mutation") { types in
            types.object("Query", of: Log.self) { query in
                query.asyncField("slow", "Int") { log, _ in try await log.run("slow", for: .milliseconds(20)) }
                query.asyncField("fast", "Int") { log, _ in try await log.run("fast", for: .zero) }
            }
            types.object("Mutation", of: Log.self) { mutation in
                mutation.asyncField("slow", "Int") { log, _ in try await log.run("slow", for: .milliseconds(20)) }
                mutation.asyncField("fast", "Int") { log, _ in try await log.run("fast", for: .zero) }
            }
        }
        let mutation = await schema.execute(GraphQLRequest(query: "mutation { slow fast x: slow }"), context: log)
        #expect(mutation.json.description == #"{"data":{"slow":1,"fast":1,"x":1}}"#)
        #expect(
            await log.lines == ["slow begins", "slow ends", "fast begins", "fast ends", "slow begins", "slow ends"])
        await log.clear()
        let query = await schema.execute(GraphQLRequest(query: "{ slow fast }"), context: log)
        #expect(query.json.description == #"{"data":{"slow":1,"fast":1}}"#)
        // Both had begun before the slow one ended.
        #expect(await log.lines.last == "slow ends")
    }

    private actor Log {
        var lines: [String] = []

        func clear() { lines = [] }
        private func add(_ line: String) { lines.append(line) }

        nonisolated func run(_ name: String, for duration: Duration) async throws -> Int {
            await add("\(name) begins")
            try await Task.sleep(for: duration)
            await add("\(name) ends")
            return 1
        }
    }

    @Test func `waits for what is deep down`() async throws {
        #expect(
            try await answer(#"{ works { ... on Book { title authorLater { id } } } later(id: "b1") { id } }"#)
                == #"{"data":{"works":[{"title":"Notes from Underground","authorLater":{"id":"p1"}},"#
                + #"{"title":"Demons","authorLater":{"id":"p1"}},{"title":"Poems \"and\" songs","authorLater":{"id":"p2"}}],"#
                + #""later":{"id":"b1"}}}"#)
    }

    @Test func `chooses the operation that is named`() async throws {
        let query = "query A { person { id } } query B { t: __typename }"
        #expect(try await answer(query, operation: "B") == #"{"data":{"t":"Query"}}"#)
        #expect(
            try await answer(query)
                == #"{"errors":[{"message":"Of several operations, operationName has to name one."}]}"#)
        #expect(try await answer(query, operation: "C") == #"{"errors":[{"message":"There is no operation C."}]}"#)
        #expect(
            try await answer("fragment F on Query { __typename }").hasPrefix(
                #"{"errors":[{"message":"Fragment F is not used."#))
        #expect(
            try await answer("subscription { added { id } }")
                == #"{"errors":[{"message":"Subscriptions are not executed here.","locations":[{"line":1,"column":1}]}]}"#
        )
    }

    @Test func `lets resolvers see what is selected`() async throws {
        let schema = try GraphQLSchema<Int>(query: "Query") { types in
            types.object("Query", of: Int.self) { query in
                query.field("list", "Item!") { _, call in
                    GraphQLValue.object([
                        call.selects("a"), call.selects("b"), call.selects("item", "a"), call.selects("item", "b"),
                    ])
                }
            }
            types.object("Item", of: [Bool].self) { item in
                item.field("a", "[Boolean!]!") { $0 }
                item.field("b", "Int") { _ in 1 }
                item.field("item", "Item") { _ in GraphQLValue.null }
            }
        }
        func seen(_ query: String) async -> String {
            await schema.execute(GraphQLRequest(query: query), context: 0).json.description
        }
        #expect(await seen("{ list { x: a } }") == #"{"data":{"list":{"x":[true,false,false,false]}}}"#)
        #expect(
            await seen("{ list { a b @skip(if: true) item { b } ...F } } fragment F on Item { item { a } }")
                == #"{"data":{"list":{"a":[true,false,true,true],"item":null}}}"#)
    }
}
