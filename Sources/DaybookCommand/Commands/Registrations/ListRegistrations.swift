import ArgumentParser
import LosslessJSON

struct ListRegistrations: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List registrations with their lag.",
        discussion:
            "LAG counts the records that are not settled; OLDEST tells for how long the oldest of them lies there.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        try await connection.withClient { client in
            var table = Table(RegistrationRow.headings)
            for registration in try await client.registrations() {
                Console.write(
                    output.json ? registration.description + "\n" : table.add(RegistrationRow(registration).cells))
            }
            if !output.json { Console.write(table.flush()) }
        }
    }
}
