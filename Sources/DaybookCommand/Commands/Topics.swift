import ArgumentParser
import LosslessJSON

struct Topics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List topics, and say what their events hold.",
        subcommands: [ListTopics.self, ShowTopic.self, DefineTopic.self, RemoveTopic.self],
        defaultSubcommand: ListTopics.self)
}

struct ListTopics: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the topics there are, with their events.")

    @Flag(help: "List the entries of the topic catalogue instead.")
    var entries = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        try await connection.withClient { client in
            let list = try await entries ? client.topicEntries() : client.topics()
            var table = Table(entries ? ["TOPIC", "FROM", "CHECK", "DESCRIPTION"] : ["TOPIC", "EVENTS"])
            for item in list {
                if output.json {
                    Console.write(item.description + "\n")
                    continue
                }
                let members = item.members
                func text(_ name: String) -> String { members?[name]?.stringValue ?? "" }
                let row =
                    entries
                    ? [text("topic"), text("origin"), text("check"), text("description")]
                    : [text("topic"), members?["events"]?.numberText ?? ""]
                Console.write(table.add(row))
            }
            if !output.json { Console.write(table.flush()) }
        }
    }
}
