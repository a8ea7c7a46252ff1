import ArgumentParser
import LosslessJSON

struct RedriveDeadLetters: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive", abstract: "Have dead letters delivered again.",
        discussion: "Their attempts count from 1 again. Fix what made them fail first: else they come back.")

    @OptionGroup var selection: LetterSelection
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        let moved = try await connection.withClient { try await selection.move(.redrive, $0) }
        selection.tell(moved, "to be delivered again", output)
    }
}
