import ArgumentParser
import LosslessJSON

struct ListDeadLetters: Subcommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List dead letters.")

    @Argument(help: "The registration's name.")
    var name: String
    @Option(help: ArgumentHelp("Only of these events.", valueName: "filter"))
    var filter: String?
    @Option(help: "How many at most.")
    var limit = 50
    @Flag(help: "All, however many.")
    var all = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1; for all use --all.") }
    }

    func execute() async throws {
        try await connection.withClient { client in
            var rest = all ? Int.max : limit
            var after: String?
            var table = Table(["POSITION", "LAST FAILURE", "ATTEMPTS", "ID", "TOPIC", "ERROR"])
            repeat {
                let page = try await client.deadLetters(of: name, filter: filter, after: after, limit: min(rest, 1000))
                for letter in page.letters {
                    Console.write(output.json ? letter.description + "\n" : table.add(Self.row(letter)))
                }
                rest -= page.letters.count
                after = page.next
            } while after != nil && rest > 0
            if !output.json { Console.write(table.flush()) }
            if after != nil, !output.json, Console.outputIsTerminal {
                Console.writeError("There are more: --limit or --all shows them.\n")
            }
        }
    }

    private static func row(_ letter: JSONText) -> [String] {
        let members = letter.members
        let event = members?["event"]?.members
        return [
            members?["position"]?.stringValue ?? "", DisplayTime.short(members?["lastFailure"]?.stringValue ?? ""),
            members?["attempts"]?.numberText ?? "", event?["id"]?.stringValue ?? "",
            event?["topic"]?.stringValue ?? "", members?["error"]?.stringValue ?? "",
        ]
    }
}
