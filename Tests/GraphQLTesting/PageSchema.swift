public import GraphQL

/// One node of a ``Page``.
public struct Item: Sendable {
    var id: String
    var number: Int
    var topic = "entity.version.created"
    var createdAt = "2026-11-21T03:00:44.291548+00:00"
    var summary = #"{"entityId": "0123456789abcdef0123456789abcdef", "parentId": null}"#

    public init(number: Int) {
        let digits = String(number, radix: 16)
        id = String(repeating: "0", count: 32 - digits.count) + digits
        self.number = number
    }
}

/// The context of ``pageSchema()``: what one page holds.
public struct Page: Sendable {
    var items: [Item]

    public init(items: [Item]) {
        self.items = items
    }
}

private struct Cursor: Sendable {
    var end: String?
    var hasNext: Bool
}

/// A connection: a root field that is waited for, and nodes that are not.
public func pageSchema() throws(GraphQLSchemaError) -> GraphQLSchema<Page> {
    try GraphQLSchema(query: "Query") { types in
        types.object("Query", of: Page.self) { query in
            query.asyncField(
                "items", "ItemsConnection!",
                arguments: [GraphQLInput("first", "Int", default: "100"), GraphQLInput("topics", "[String!]")],
                cost: GraphQLCost { $0("first") ?? 100 }
            ) { page, call in
                await Task.yield()
                return GraphQLValue.object(
                    Page(items: Array(page.items.prefix(max(0, call.arguments("first") ?? 100)))))
            }
        }
        types.object("ItemsConnection", of: Page.self) { connection in
            connection.field("edges", "[ItemEdge!]!") { $0.items.map { GraphQLValue.object($0) } }
            connection.field("pageInfo", "PageInfo!") {
                GraphQLValue.object(Cursor(end: $0.items.last?.id, hasNext: false))
            }
        }
        types.object("ItemEdge", of: Item.self) { edge in
            edge.field("node", "Item!") { GraphQLValue.object($0) }
            edge.field("cursor", "String!") { $0.id }
        }
        types.object("PageInfo", of: Cursor.self) { info in
            info.field("endCursor", "String") { $0.end }
            info.field("hasNextPage", "Boolean!") { $0.hasNext }
        }
        types.object("Item", of: Item.self) { item in
            item.field("id", "ID!") { $0.id }
            item.field("hash", "String!") { $0.id }
            item.field("topic", "String!") { $0.topic }
            item.field("project", "String") { _ in "project" }
            item.field("user", "String") { _ in "somebody" }
            item.field("sender", "String") { _ in String?.none }
            item.field("dependsOn", "String") { _ in String?.none }
            item.field("status", "String!") { _ in "finished" }
            item.field("retries", "Int!") { $0.number % 3 }
            item.field("description", "String!") { "Number \($0.number) of what was created" }
            item.field("summary", "String!") { $0.summary }
            item.field("payload", "String") { _ in String?.none }
            item.field("createdAt", "String!") { $0.createdAt }
            item.field("updatedAt", "String!") { $0.createdAt }
            item.field("name", "String") { $0.topic }
        }
    }
}
