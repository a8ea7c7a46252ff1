import ArgumentParser
import LosslessJSON

struct History: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what happened to an event, record by record.",
        discussion: "It is read from the log, so it is there also when the event was deleted.")

    @Argument(help: "The event's id.")
    var id: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        try await connection.withClient { client in
            var table = Table(["TIME", "POSITION", "CHANGE", "ACTOR", "WHAT"])
            for entry in try await client.history(id) {
                Console.write(output.json ? entry.description + "\n" : table.add(Self.cells(entry)))
            }
            if !output.json { Console.write(table.flush()) }
        }
    }

    private static func cells(_ entry: JSONText) -> [String] {
        let record = RecordLine(entry)
        return [
            DisplayTime.exact(record.text("time")), record.text("position"), record.text("change"),
            record.text("actor"),
            record.attributes,
        ]
    }
}
