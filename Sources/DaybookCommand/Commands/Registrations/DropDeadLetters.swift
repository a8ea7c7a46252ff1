import ArgumentParser
import LosslessJSON

struct DropDeadLetters: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Drop dead letters for good.",
        discussion: "Their events stay in the log. Without --filter or --limit say --all.")

    @OptionGroup var selection: LetterSelection
    @Flag(help: "All of the registration's.")
    var all = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !all, selection.filter == nil, selection.limit == nil {
            throw ValidationError("Say which: --filter, --limit, or --all.")
        }
    }

    func execute() async throws {
        let moved = try await connection.withClient { try await selection.move(.drop, $0) }
        selection.tell(moved, "dropped", output)
    }
}
