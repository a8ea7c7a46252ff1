import ArgumentParser
import LosslessJSON

struct ShowTopic: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what the topic catalogue says of a topic or pattern.")

    @Argument(help: "A topic, or a pattern with *.")
    var topic: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        try await connection.withClient { client in
            guard let entry = try await client.topicEntry(topic) else {
                throw CommandFailure(.notFound, "the topic catalogue says nothing of \(topic)")
            }
            Console.write(output.json ? entry.description + "\n" : Self.page(entry))
        }
    }

    /// The entry for people: a line for each thing it says, then its members and fields as tables.
    static func page(_ entry: JSONText) -> String {
        let members = entry.members
        var page = ""
        for name in ["topic", "origin", "description", "check"] {
            guard let text = members?[name]?.stringValue else { continue }
            page += DisplayText.padded(name, to: 13) + DisplayText.safe(text) + "\n"
        }
        for name in ["summary", "fields"] {
            guard let elements = members?[name]?.elements else { continue }
            var table = Table([name.uppercased(), "TYPE", "DESCRIPTION"])
            page += "\n"
            for element in elements {
                let parts = element.members
                func text(_ name: String) -> String { parts?[name]?.stringValue ?? "" }
                let mark = parts?["optional"]?.boolValue == true ? "?" : ""
                page += table.add([text("name") + mark, text("type"), text("description")])
            }
            page += table.flush()
        }
        return page
    }
}
