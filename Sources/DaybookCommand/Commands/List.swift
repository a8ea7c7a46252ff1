import ArgumentParser
import LosslessJSON

struct List: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Find events.",
        discussion: """
            All conditions must hold; of a condition that is given several times, one must.

              daybook list --status failed --newer-than 2026-11-01T00:00:00Z
              daybook list --topic 'git.*' --user ada@example.org --all --json
            """)

    @OptionGroup var filter: EventFilter
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "How many events at most.")
    var limit = 50
    @Flag(help: "All events that match, however many.")
    var all = false
    @Flag(help: "The oldest first. Default: the newest first.")
    var oldestFirst = false

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1; for all events use --all.") }
    }

    func execute() async throws {
        try await connection.withClient { client in
            var rest = all ? Int.max : limit
            var cursor: String?
            var table = Table(EventRow.headings)
            repeat {
                var query = filter.query + [("limit", "\(min(rest, 1000))"), ("order", oldestFirst ? "asc" : "desc")]
                if let cursor { query.append(("cursor", cursor)) }
                let page = try await client.page(query)
                for event in page.events.prefix(rest) {
                    Console.write(output.json ? event.description + "\n" : table.add(EventRow(event).cells))
                }
                rest -= page.events.count
                cursor = page.events.isEmpty ? nil : page.nextCursor
            } while cursor != nil && rest > 0
            if !output.json { Console.write(table.flush()) }
            if cursor != nil, !output.json, Console.outputIsTerminal {
                Console.writeError("More events match: --limit or --all shows them.\n")
            }
        }
    }
}

/// Conditions on events, by the names the server has for them.
struct EventFilter: ParsableArguments {
    @Option(help: ArgumentHelp("A topic; * stands for any run of characters.", valueName: "pattern"))
    var topic: [String] = []
    @Option(help: "pending, in_progress, finished, failed, aborted or restarted.")
    var status: [String] = []
    @Option var project: [String] = []
    @Option var user: [String] = []
    @Option var sender: [String] = []
    @Option(help: ArgumentHelp("The event they depend on.", valueName: "id"))
    var dependsOn: [String] = []
    @Option var hash: [String] = []
    @Option var id: [String] = []
    @Option(help: ArgumentHelp("Created after this time (ISO 8601).", valueName: "time"))
    var newerThan: String?
    @Option(help: ArgumentHelp("Created before this time.", valueName: "time"))
    var olderThan: String?
    @Option(help: "Words in the description, topic, project or user.")
    var text: String?

    var query: [(String, String)] {
        let many = [
            ("topic", topic), ("status", status), ("project", project), ("user", user), ("sender", sender),
            ("dependsOn", dependsOn), ("hash", hash), ("id", id),
        ]
        let one = [("newerThan", newerThan), ("olderThan", olderThan), ("text", text)]
        return many.flatMap { name, values in values.map { (name, $0) } }
            + one.compactMap { name, value in value.map { (name, $0) } }
    }
}
