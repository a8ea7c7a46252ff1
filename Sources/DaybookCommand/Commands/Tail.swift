import ArgumentParser
import LosslessJSON

struct Tail: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow what is published, live.",
        discussion: """
            Shows each record as the log takes it, until it is interrupted.

              daybook tail --topic 'build.*'
              daybook tail --from earliest --json | jq .topic
            """)

    @Option(help: ArgumentHelp("A topic; * stands for any run of characters. Repeatable.", valueName: "pattern"))
    var topic: [String] = []
    @Option(help: "Where to begin: latest, earliest, a log time (ISO 8601), or what a replay gave to go on from.")
    var from = "latest"
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        try await connection.withClient { client in
            try await client.replay(topics: topic, from: from, follow: true) { part in
                guard case .record(let record) = part else { return }
                Console.write(output.json ? record.description + "\n" : Self.line(record))
            }
        }
    }

    /// Columns of a fixed width: who follows does not wait for what comes later.
    static func line(_ json: JSONText) -> String {
        let record = RecordLine(json)
        let columns = [
            DisplayTime.exact(record.text("time")), DisplayText.padded(record.text("change"), to: 7), record.text("id"),
            DisplayText.padded(record.text("topic"), to: 24), record.attributes,
        ]
        let line = DisplayText.safe(columns.joined(separator: "  "))
        return (Console.outputWidth.map { DisplayText.cut(line, to: $0) } ?? line) + "\n"
    }
}
