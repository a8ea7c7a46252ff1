import ArgumentParser
import LosslessJSON

struct DeleteRegistration: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete registrations with their positions.",
        discussion: "One that is made later under the same name begins anew.")

    @Argument(help: "Their names.")
    var names: [String]
    @OptionGroup var connection: ConnectionOptions

    func execute() async throws {
        try await connection.withClient { client in
            for name in names { try await client.deleteRegistration(name) }
        }
    }
}
