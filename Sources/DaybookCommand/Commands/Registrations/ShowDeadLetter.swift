import ArgumentParser
import LosslessJSON

struct ShowDeadLetter: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a dead letter with its event.")

    @Argument(help: "The registration's name.")
    var name: String
    @Argument(help: "Where its record lies, as the list has it.")
    var position: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        let letter = try await connection.withClient { try await $0.deadLetter(of: name, at: position) }
        Console.write(output.json ? letter.description + "\n" : Get.page(letter))
    }
}
