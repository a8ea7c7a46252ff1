import ArgumentParser

struct RemoveTopic: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove an entry of the topic catalogue that was defined.",
        discussion:
            "Events stay as they are. What the configuration, or Daybook itself, says of the topic counts again.")

    @Argument(help: "The topic or pattern, as it was defined.")
    var topic: String
    @OptionGroup var connection: ConnectionOptions

    func execute() async throws {
        try await connection.withClient { try await $0.removeTopic(topic) }
    }
}
