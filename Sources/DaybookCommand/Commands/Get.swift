import ArgumentParser
import LosslessJSON

struct Get: Subcommand {
    static let configuration = CommandConfiguration(abstract: "Show an event with all its attributes.")

    @Argument(help: "The event's id.")
    var id: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        try await connection.withClient { client in
            let event = try await client.event(id)
            Console.write(output.json ? event.description + "\n" : Self.page(event))
        }
    }

    /// An attribute a line; those that are not set are left out.
    static func page(_ event: JSONText) -> String {
        let members = (event.members.map(Array.init) ?? []).filter { !$0.value.isNull }
        let width = members.map { $0.key.count }.max() ?? 0
        return members.map { key, value in
            let text = value.stringValue.map(DisplayText.safe) ?? DisplayText.safe(value.description)
            return DisplayText.padded(key, to: width + 2) + text + "\n"
        }.joined()
    }
}
