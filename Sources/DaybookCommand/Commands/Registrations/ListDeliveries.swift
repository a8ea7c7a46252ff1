import ArgumentParser
import LosslessJSON

struct ListDeliveries: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "List what was sent to a registration's webhook lately.",
        discussion:
            "The delivery that was tried last comes first; of its attempts the latest one is shown, or with --json ten."
    )

    @Argument(help: "The registration's name.")
    var name: String
    @Option(help: "How many at most, 1 to 100.")
    var limit = 20
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        let deliveries = try await connection.withClient { try await $0.deliveries(of: name, limit: limit) }
        var table = Table(["SENT", "STATUS", "ATTEMPTS", "EVENT", "TOPIC", "ERROR"])
        for delivery in deliveries {
            Console.write(output.json ? delivery.description + "\n" : table.add(Self.row(delivery)))
        }
        if !output.json { Console.write(table.flush()) }
    }

    private static func row(_ delivery: JSONText) -> [String] {
        let members = delivery.members
        let latest = members?["attempts"]?.elements.map(Array.init)?.last?.members
        return [
            DisplayTime.short(latest?["time"]?.stringValue ?? ""), latest?["status"]?.numberText ?? "none",
            members?["count"]?.numberText ?? "", members?["event"]?.stringValue ?? "",
            members?["topic"]?.stringValue ?? "", latest?["error"]?.stringValue ?? "",
        ]
    }
}
