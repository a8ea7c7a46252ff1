import ArgumentParser
import LosslessJSON

struct PauseRegistration: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stop the delivery of registrations, for as long as you like.",
        discussion: "Their positions are kept: `daybook registrations resume` goes on from there.")

    @Argument(help: "Their names.")
    var names: [String]
    @Option(help: "Why, for those who look.")
    var reason: String?
    @OptionGroup var connection: ConnectionOptions

    func execute() async throws {
        try await connection.withClient { client in
            for name in names { _ = try await client.pauseRegistration(name, reason: reason) }
        }
    }
}
