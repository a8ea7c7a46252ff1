import ArgumentParser

struct RevokeKeys: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revoke keys: within a second nothing goes on under them.",
        discussion: """
            What a key has published stays. Registrations that were made with it keep their positions and deliver \
            nothing until there is a key of its name again.
            """)

    @Argument(help: "Their names.")
    var names: [String]
    @OptionGroup var connection: ConnectionOptions

    func execute() async throws {
        try await connection.withClient { client in
            for name in names { try await client.revokeKey(name) }
        }
    }
}
