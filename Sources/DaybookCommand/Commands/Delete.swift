import ArgumentParser

struct Delete: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete events.", discussion: "Their history stays readable: `daybook history ID`.")

    @Argument(help: "The events' ids.")
    var ids: [String]
    @OptionGroup var connection: ConnectionOptions

    func execute() async throws {
        try await connection.withClient { client in
            for id in ids { try await client.delete(id) }
        }
    }
}
