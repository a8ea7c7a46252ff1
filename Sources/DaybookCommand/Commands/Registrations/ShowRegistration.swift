import ArgumentParser
import LosslessJSON

struct ShowRegistration: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a registration, and how far it is in each partition.",
        discussion: "`member` is what the server that answers did for it since it took up its work.")

    @Argument(help: "Its name.")
    var name: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        let registration = try await connection.withClient { try await $0.registration(name) }
        guard !output.json, let members = registration.members else {
            return Console.write(registration.description + "\n")
        }
        var page = JSONWriter()
        page.beginObject()
        for (key, value) in members where key != "lag" {
            page.key(escaping: key)
            page.raw(value)
        }
        page.endObject()
        Console.write(Get.page(JSONText(trusting: page.bytes)))
        Console.write(Self.partitions(members["lag"]?.members))
    }

    private static func partitions(_ lag: JSONMembers?) -> String {
        var table = Table(["STREAM", "PARTITION", "POSITION", "END", "LAG", "OLDEST"])
        var text = "\n"
        for partition in lag?["partitions"]?.elements.map(Array.init) ?? [] {
            let members = partition.members
            let numbers = ["partition", "position", "end", "records"].map { members?[$0]?.numberText ?? "" }
            let age = members?["seconds"]?.doubleValue.map(RegistrationRow.age) ?? ""
            text += table.add([members?["stream"]?.stringValue ?? ""] + numbers + [age])
        }
        return text + table.flush()
    }
}
