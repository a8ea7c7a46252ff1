import ArgumentParser
import LosslessJSON

struct Topics: Subcommand {
    static let configuration = CommandConfiguration(abstract: "List the topics there are, with their events.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        try await connection.withClient { client in
            var table = Table(["TOPIC", "EVENTS"])
            for topic in try await client.topics() {
                if output.json {
                    Console.write(topic.description + "\n")
                } else {
                    let members = topic.members
                    Console.write(
                        table.add([members?["topic"]?.stringValue ?? "", members?["events"]?.numberText ?? ""]))
                }
            }
            if !output.json { Console.write(table.flush()) }
        }
    }
}
