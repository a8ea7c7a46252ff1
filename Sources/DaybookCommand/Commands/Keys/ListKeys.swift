import ArgumentParser
import LosslessJSON

struct ListKeys: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys there are, without the keys themselves.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        try await connection.withClient { client in
            var table = Table(["NAME", "ROLE", "CREATED", "BY", "EXPIRES", "SCOPES"])
            for key in try await client.keys() {
                guard !output.json else {
                    Console.write(key.description + "\n")
                    continue
                }
                let members = key.members
                func text(_ name: String) -> String { members?[name]?.stringValue ?? "" }
                let scopes = members?["scopes"]?.elements?.compactMap(\.stringValue).joined(separator: "; ") ?? ""
                Console.write(
                    table.add([
                        text("name"), text("role"), text("createdAt"), text("createdBy"), text("expires"), scopes,
                    ]))
            }
            if !output.json { Console.write(table.flush()) }
        }
    }
}
