import ArgumentParser
import LosslessJSON

struct ResumeRegistration: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with the delivery of registrations.")

    @Argument(help: "Their names.")
    var names: [String]
    @OptionGroup var connection: ConnectionOptions

    func execute() async throws {
        try await connection.withClient { client in
            for name in names { _ = try await client.resumeRegistration(name) }
        }
    }
}
