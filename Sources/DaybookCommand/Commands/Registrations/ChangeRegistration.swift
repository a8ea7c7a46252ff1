import ArgumentParser
import LosslessJSON

struct ChangeRegistration: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "change", abstract: "Change what a registration asks for.",
        discussion: "A new filter holds for what is published after the change.")

    @Argument(help: "Its name.")
    var name: String
    @OptionGroup var options: RegistrationOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        var json = JSONWriter()
        json.beginObject()
        try options.write(to: &json)
        json.endObject()
        let changes = JSONText(trusting: json.bytes)
        guard !changes.isEmptyObject else { throw CommandFailure(.usage, "say what to change: see --help") }
        let registration = try await connection.withClient { try await $0.changeRegistration(name, changes) }
        if output.json { Console.write(registration.description + "\n") }
    }
}
