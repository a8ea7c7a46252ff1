import ArgumentParser
import LosslessJSON

struct ResetRegistration: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Move a registration to another place in the log.",
        discussion: """
            It stops, and goes on from there. Prints what moves; with --dry-run that is all.
              daybook registrations reset work --to earliest --dry-run
              daybook registrations reset work --to 2026-11-01T00:00:00Z
              daybook registrations reset work --to daybook.render:0@12,1@7
            """)

    @Argument(help: "Its name.")
    var name: String
    @Option(help: ArgumentHelp("earliest, latest, a time, or positions.", valueName: "point"))
    var to: String
    @Flag(help: "Only tell what would move.")
    var dryRun = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        let moves = try await connection.withClient {
            try await $0.resetRegistration(name, to: to, isDryRun: dryRun)
        }
        var table = Table(["STREAM", "PARTITION", "FROM", "TO"])
        for move in moves {
            let members = move.members
            let numbers = ["partition", "from", "to"].map { members?[$0]?.numberText ?? "" }
            Console.write(
                output.json
                    ? move.description + "\n" : table.add([members?["stream"]?.stringValue ?? ""] + numbers))
        }
        if !output.json { Console.write(moves.isEmpty ? "nothing moves\n" : table.flush()) }
    }
}
