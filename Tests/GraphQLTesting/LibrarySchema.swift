public import GraphQL
import LosslessJSON

/// A schema with every kind of type, argument and directive, over a ``Library``.
public func librarySchema(limits: GraphQLLimits = .standard) throws(GraphQLSchemaError) -> GraphQLSchema<Library> {
    try GraphQLSchema(
        query: "Query", mutation: "Mutation", subscription: "Subscription", description: "A library.", limits: limits
    ) { types in
        addRoots(&types)
        addObjects(&types)
        addInputs(&types)
        addDirectives(&types)
    }
}

private func addRoots(_ types: inout GraphQLTypes<Library>) {
    types.object("Query", of: Library.self, description: "What can be asked.") { query in
        query.field("node", "Node", arguments: [GraphQLInput("id", "ID!")]) { library, call in
            library.node(call.arguments("id") ?? "")
        }
        query.asyncField("later", "Node", arguments: [GraphQLInput("id", "ID!")]) { library, call in
            await Task.yield()
            return library.node(call.arguments("id") ?? "")
        }
        query.field("nodes", "[Node]!", arguments: [GraphQLInput("ids", "[ID!]!")]) { library, call in
            (call.arguments("ids", as: [String].self) ?? []).map(library.node)
        }
        query.field(
            "search", "[Found!]!",
            arguments: [
                GraphQLInput("text", "String!"), GraphQLInput("first", "Int", default: "10"),
                GraphQLInput("kinds", "[Kind!]"),
            ], cost: GraphQLCost { $0("first") ?? 10 }
        ) { library, call in
            let text: String = call.arguments("text") ?? ""
            let found = library.books.filter { $0.title.contains(text) }
            return found.map { GraphQLValue.object($0, type: "Book") }
        }
        query.field(
            "shelf", "Shelf!",
            arguments: [GraphQLInput("filter", "Filter"), GraphQLInput("sort", "[Sort!]", default: "[TITLE]")]
        ) { library, call in
            GraphQLValue.object(Shelf(books: library.books, filter: call.arguments["filter"].map { "\(JSONText($0))" }))
        }
        query.field("book", "Book", arguments: [GraphQLInput("id", "ID!")]) { library, call in
            library.books.first { $0.id == call.arguments("id") }.map { GraphQLValue.object($0) }
        }
        query.field("person", "Person") { library in library.person("p1").map { GraphQLValue.object($0) } }
        query.field("works", "[Work!]") { library in library.books.map { GraphQLValue.object($0, type: "Book") } }
        query.field(
            "echo", "String",
            arguments: [
                GraphQLInput("any", "Any"), GraphQLInput("matrix", "[[Int]]"),
                GraphQLInput("flag", "Boolean!", default: "true"), GraphQLInput("ratio", "Float"),
                GraphQLInput("id", "ID"), GraphQLInput("kind", "Kind", default: "NOVEL"),
                GraphQLInput("texts", "[String!]", default: #"["a", "b"]"#), GraphQLInput("range", "Range"),
                GraphQLInput("old", "Int", deprecated: "nobody needs it"),
            ]
        ) { _, call in
            "\(JSONText(.object(["any", "matrix", "flag", "ratio", "id", "kind", "texts", "range", "old"].compactMap { name in call.arguments[name].map { JSONValue.Member(name, $0) } })))"
        }
        query.field("sum", "Int", arguments: [GraphQLInput("a", "Int!"), GraphQLInput("b", "Int!")]) { _, call in
            (call.arguments("a") ?? 0) + (call.arguments("b") ?? 0)
        }
    }
    types.object("Mutation", of: Library.self) { mutation in
        mutation.asyncField(
            "rename", "Named", arguments: [GraphQLInput("id", "ID!"), GraphQLInput("name", "String!")]
        ) { library, call in
            guard var person = library.person(call.arguments("id") ?? "") else { throw GraphQLError("Nobody.") }
            person.name = call.arguments("name")
            return GraphQLValue.object(person, type: "Person")
        }
        mutation.field("add", "Book", arguments: [GraphQLInput("book", "NewBook!")]) { library, _ in
            library.books.first.map { GraphQLValue.object($0) }
        }
    }
    types.declaredObject("Subscription") { subscription in
        subscription.field("added", "Book", arguments: [GraphQLInput("kind", "Kind")])
        subscription.field("renamed", "Person")
    }
}

struct Shelf: Sendable {
    var books: [Library.Book]
    var filter: String?
}

private func addObjects(_ types: inout GraphQLTypes<Library>) {
    types.interface("Node", description: "Has an id.") { $0.field("id", "ID!") }
    types.interface("Named", implements: ["Node"]) { named in
        named.field("id", "ID!")
        named.field("name", "String", arguments: [GraphQLInput("upper", "Boolean", default: "false")])
    }
    types.object("Book", of: Library.Book.self, implements: ["Node"]) { book in
        book.field("id", "ID!") { $0.id }
        book.field("title", "String!") { $0.title }
        book.field("pages", "Int") { $0.pages }
        book.field("size", "Int") { $0.pages }
        book.field("price", "Float") { $0.pages.map { Double($0) / 8 } }
        book.field("kind", "Kind!") { $0.kind }
        book.field("tags", "[String!]!") { [$0.kind, $0.id] }
        book.field("author", "Person") { book, call in
            call.context.person(book.author).map { GraphQLValue.object($0) }
        }
        book.asyncField("authorLater", "Person!") { book, call in
            await Task.yield()
            return call.context.person(book.author).map { GraphQLValue.object($0) }
        }
        book.field("related", "[Book!]", arguments: [GraphQLInput("first", "Int!")]) { book, call in
            call.context.books.filter { $0.id != book.id }.prefix(max(0, call.arguments("first") ?? 0))
                .map { GraphQLValue.object($0) }
        }
        book.field("broken", "Int") { book -> Int? in throw LibraryError() }
        book.field("brokenHard", "Int!") { book -> Int? in throw GraphQLError("Broken hard.") }
        book.field("sometimes", "Int!") { $0.pages }
        book.field("isbn", "String", deprecated: "use id") { $0.id }
    }
    types.object("Person", of: Library.Person.self, implements: ["Node", "Named"]) { person in
        person.field("id", "ID!") { $0.id }
        person.field("name", "String", arguments: [GraphQLInput("upper", "Boolean", default: "false")]) {
            person, call in
            call.arguments("upper") == true ? person.name?.uppercased() : person.name
        }
        person.field("size", "String!") { $0.id }
        person.field("nameOrFail", "String!") { $0.name }
        person.field("books", "[Book!]!") { person, call in
            call.context.books.filter { $0.author == person.id }.map { GraphQLValue.object($0) }
        }
        person.field("friends", "[Person]") { person, call in
            call.context.people.filter { $0.id != person.id }.map { GraphQLValue.object($0) }
        }
        person.field("kind", "String") { _ in "person" }
    }
    types.object("Magazine", of: Library.Magazine.self, implements: ["Node"]) { magazine in
        magazine.field("id", "ID!") { $0.id }
        magazine.field("title", "String") { "No. \($0.issue)" }
        magazine.field("issue", "Int") { $0.issue }
    }
    types.object("Shelf", of: Shelf.self) { shelf in
        shelf.field("books", "[Book]!") { $0.books.map { GraphQLValue.object($0) } }
        shelf.field("strict", "[[Book!]!]") { [$0.books.map { GraphQLValue.object($0) }] }
        shelf.field("mixed", "[Int]") { _ in
            GraphQLValue.list([.int(1), .failure(GraphQLError("No two.")), .null, .int(4)])
        }
        shelf.field("filter", "String") { $0.filter }
        shelf.field("anything", "Any") { _ in JSONText(literal: #"{"a": [1.50, null]}"#) }
    }
    types.union("Found", of: ["Book", "Person", "Magazine"])
    types.union("Work", of: ["Book", "Magazine"])
}

private func addInputs(_ types: inout GraphQLTypes<Library>) {
    types.scalar("Any", description: "Any JSON.", specifiedBy: "https://www.rfc-editor.org/rfc/rfc8259")
    types.enumeration(
        "Kind", values: ["NOVEL", "POETRY", GraphQLEnumValue("ESSAY", description: "Short.", deprecated: "none left")])
    types.enumeration("Sort", values: ["TITLE", "PAGES"])
    types.input(
        "Filter", description: "What to look for.",
        fields: [
            GraphQLInput("text", "String"), GraphQLInput("kinds", "[Kind!]"), GraphQLInput("pages", "Range"),
            GraphQLInput("not", "Filter"), GraphQLInput("limit", "Int!", default: "5"),
            GraphQLInput("either", "[Filter!]"),
        ])
    types.input("Range", fields: [GraphQLInput("from", "Int!"), GraphQLInput("to", "Int", default: "100")])
    types.input(
        "NewBook",
        fields: [
            GraphQLInput("title", "String!"), GraphQLInput("kind", "Kind!"), GraphQLInput("range", "Range!"),
            GraphQLInput("tags", "[String!]!", default: "[]"), GraphQLInput("old", "Int", deprecated: "gone"),
        ])
}

private func addDirectives(_ types: inout GraphQLTypes<Library>) {
    types.directive(
        "note", description: "For readers.",
        locations: [
            "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
            "VARIABLE_DEFINITION",
        ], arguments: [GraphQLInput("text", "String!"), GraphQLInput("level", "Int!", default: "1")],
        isRepeatable: true)
    types.directive("once", locations: ["FIELD", "QUERY", "VARIABLE_DEFINITION"])
    types.directive(
        "tagged", locations: ["FRAGMENT_SPREAD", "INLINE_FRAGMENT", "FRAGMENT_DEFINITION"],
        arguments: [GraphQLInput("with", "[Kind!]"), GraphQLInput("range", "Range")])
}
