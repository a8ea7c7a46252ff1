import ArgumentParser
import LosslessJSON

struct CreateRegistration: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a registration.",
        discussion: """
            It begins with what is published after it was made, unless --start says otherwise. Making it again does \
            nothing; another one of the same name is refused.
            """)

    @Argument(help: "Its name.")
    var name: String
    @Option(help: ArgumentHelp("earliest, latest, a time, or positions. Default: latest.", valueName: "point"))
    var start: String?
    @Option(help: "pull, webhook, handler or process. Default: process, or handler with --handler.")
    var delivery: String?
    @OptionGroup var options: RegistrationOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        var json = JSONWriter()
        json.beginObject()
        json.text("name", name)
        json.text("start", start)
        json.text("delivery", delivery ?? (options.handler == nil ? nil : "handler"))
        try options.write(to: &json)
        json.endObject()
        let request = JSONText(trusting: json.bytes)
        let (registration, isNew) = try await connection.withClient { try await $0.createRegistration(request) }
        if output.json {
            Console.write(registration.description + "\n")
        } else {
            Console.write("\(DisplayText.safe(name)) \(isNew ? "was made" : "is there already")\n")
        }
    }
}
