import GraphQL
import GraphQLTesting
import LosslessJSON

// Drives the engine from outside: see scripts/support/graphql-differential.py.
//
//     GraphQLTool execute      one request {"query": …} a line, one response a line
//     GraphQLTool validate     one document, a JSON string, a line; one list of errors a line
//     GraphQLTool fuzz N SEED  N mutated documents
//     GraphQLTool benchmark    a page of 100 nodes of 15 fields
switch CommandLine.arguments.dropFirst().first {
case "execute": try await execute()
case "validate": try validate()
case "fuzz":
    let numbers = CommandLine.arguments.dropFirst(2).compactMap { UInt64($0) }
    try await fuzz(count: numbers.first ?? 10_000, seed: numbers.dropFirst().first ?? 1)
case "benchmark": try await benchmark()
default: print("usage: GraphQLTool execute | validate | fuzz N SEED | benchmark")
}

func execute() async throws {
    let schema = try librarySchema()
    while let line = readLine() {
        let response: GraphQLResponse
        do {
            response = await schema.execute(try GraphQLRequest(json: line.utf8), context: .sample)
        } catch {
            response = GraphQLResponse(data: nil, errors: [error])
        }
        print(response.json)
    }
}

func validate() throws {
    let schema = try librarySchema()
    while let line = readLine() {
        var writer = JSONWriter()
        writer.beginArray()
        let document = try JSONText(line).stringValue ?? ""
        for error in schema.validate(document) { error.write(to: &writer) }
        writer.endArray()
        print(JSONText(trusting: writer.bytes))
    }
}
