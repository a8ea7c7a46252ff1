import Glibc
import GraphQL
import GraphQLTesting
import LosslessJSON

/// Measures a page of 100 nodes of 15 fields, from the text of the request to that of the response.
func benchmark() async throws {
    let schema = try pageSchema()
    let query = """
        query Page($first: Int!, $topics: [String!]) {
          items(first: $first, topics: $topics) {
            edges { node { id hash createdAt dependsOn description project retries sender status topic updatedAt user
              summary payload name } }
            pageInfo { endCursor hasNextPage }
          }
        }
        """
    let request = GraphQLRequest(
        query: query,
        variables: [.init("first", .number("100")), .init("topics", .array([.string("a"), .string("b")]))])
    let context = Page(items: (0..<100).map(Item.init(number:)))
    let response = await schema.execute(request, context: context).json
    print("\(response.bytes.count) bytes: \(response.description.prefix(400))")
    let clock = ContinuousClock()
    func measure(_ title: String, rounds: Int = 1_000, _ body: () async -> Void) async {
        var times: [Duration] = []
        // Of the process: other programs on the machine do not count.
        let start = Glibc.clock()
        for _ in 0..<rounds { times.append(await clock.measure { await body() }) }
        let used = Double(Glibc.clock() - start) / Double(rounds)
        times.sort()
        print("\(title): CPU \(Int(used)) µs, least \(times[0]), median \(times[rounds / 2])")
    }
    await measure("parse and validate") { _ = schema.validate(query) }
    await measure("parse, validate, execute") { _ = await schema.execute(request, context: context) }
    await measure("parse, validate, execute, write") { _ = await schema.execute(request, context: context).json }
}
