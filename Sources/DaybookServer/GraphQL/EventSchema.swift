import Daybook
import DaybookIndex
import GraphQL
import HTTPTypes
import LosslessJSON

/// What `/graphql` can be asked: AYON's `events`, and more.
enum EventSchema {
    /// Deep enough for introspection; wide enough for a page of 10,000 events with all their fields.
    private static let limits = GraphQLLimits(maximumDepth: 20, maximumCost: 1_000_000)

    /// The schema; an error would be one of this program.
    static let shared: Result<GraphQLSchema<QueryContext>, GraphQLSchemaError> = {
        do throws(GraphQLSchemaError) {
            var schema = try GraphQLSchema<QueryContext>(query: "Query", limits: limits) { types in
                addQuery(&types)
                addConnection(&types)
                types.object("EventNode", of: EventNode.self, description: "An event as it is now.", addEventFields)
                addInputs(&types)
                addHistory(&types)
                addRegistrations(&types)
            }
            schema.describeError = { error, _ in describe(error) }
            return .success(schema)
        } catch {
            return .failure(error)
        }
    }()

    private static func addQuery(_ types: inout GraphQLTypes<QueryContext>) {
        types.object("Query", of: QueryContext.self) { query in
            query.asyncField(
                "events", "EventsConnection!", arguments: EventsArguments.declared,
                description: "Events that meet all conditions given, a page at a time.",
                // A search for words may look at every event.
                cost: GraphQLCost(weight: 10_000, size: EventsArguments.expectedCount)
            ) { _, call in
                GraphQLValue.object(try await EventConnection.find(EventsArguments(call.arguments), call))
            }
            query.asyncField(
                "event", "EventNode", arguments: [GraphQLInput("id", "String!")],
                description: "One event; null when there is none.", cost: GraphQLCost(weight: 10)
            ) { context, call in
                guard let node = try await context.event(try id(call), withPayload: call.selects("payload")) else {
                    return GraphQLValue.null
                }
                return GraphQLValue.object(node)
            }
            query.asyncField(
                "history", "[EventRecord!]!", arguments: [GraphQLInput("id", "String!")],
                description: "Every record of an event, in order, read from the log; also after it was deleted.",
                cost: GraphQLCost(weight: 10_000)
            ) { context, call in
                try await context.history(of: try id(call))
            }
            query.asyncField(
                "registrations", "[Registration!]!",
                arguments: [GraphQLInput("names", "[String!]", description: "All of them unless given.")],
                description: "By name. Their lag is looked up in the log when it is asked for.",
                cost: GraphQLCost(weight: 100, size: { _ in 100 })
            ) { context, call in
                try await context.registrations(named: call.arguments("names"), withLag: call.selects("lag"))
            }
        }
    }

    private static func addConnection(_ types: inout GraphQLTypes<QueryContext>) {
        types.object("EventsConnection", of: EventConnection.self) { connection in
            connection.field("edges", "[EventEdge!]!") { connection in
                GraphQLValue.list(connection.nodes.map { .object($0) })
            }
            connection.field("pageInfo", "PageInfo!") { GraphQLValue.object($0.info) }
        }
        types.object("EventEdge", of: EventNode.self) { edge in
            edge.field("node", "EventNode!") { GraphQLValue.object($0) }
            edge.field("cursor", "String!", description: "For after and before.") { $0.event.place.description }
        }
        types.object("PageInfo", of: EventConnection.PageInfo.self) { info in
            info.field(
                "hasNextPage", "Boolean!",
                description: "With first: there are later events. With last: there are events newer than the page."
            ) { $0.hasNextPage }
            info.field(
                "hasPreviousPage", "Boolean!",
                description: "With last: there are earlier events. With first: there are events older than the page."
            ) { $0.hasPreviousPage }
            info.field("startCursor", "String", description: "Of the first edge.") { $0.start?.description }
            info.field(
                "endCursor", "String",
                description: "Of the last edge: what after (with first) or before (with last) takes to go on."
            ) { $0.end?.description }
        }
    }

    private static func addInputs(_ types: inout GraphQLTypes<QueryContext>) {
        types.scalar("JSON", description: "Any value.")
        types.scalar("Long", description: "A whole number of 64 bits.")
        types.input(
            "SummaryCondition", description: "A comparison with a member of the summary, as AYON's filters have it.",
            fields: [
                GraphQLInput("path", "String!", description: "Names joined by / or '.'."),
                GraphQLInput("operator", "String", default: "\"eq\""),
                GraphQLInput("value", "JSON", description: "Types are strict. Not with isnull and notnull."),
            ])
    }

    private static func id(_ call: GraphQLCall<QueryContext>) throws -> EventID {
        let text: String = call.arguments("id") ?? ""
        if let id = EventID(anySpelling: text) { return id }
        throw GraphQLError(
            "id: '\(text)' is no event id: 32 hex digits, with dashes or without",
            extensions: [.init("status", .number("400"))])
    }

    /// Tells what REST would; internals stay inside.
    private static func describe(_ error: any Error) -> GraphQLError {
        guard let problem = error as? Problem else {
            return GraphQLError(
                "The field could not be resolved.", extensions: [.init("status", .number("500"))])
        }
        return GraphQLError(
            problem.summary, extensions: [.init("status", .number("\(problem.status.code)"))])
    }
}
