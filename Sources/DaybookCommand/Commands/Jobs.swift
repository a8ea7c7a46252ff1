import ArgumentParser
import LosslessJSON

struct Jobs: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how far the work of enrolled workers is along.",
        discussion: """
            A line for each way in which workers asked since the server started. With --source and --target it shows \
            what workers would find that ask so.

              daybook jobs
              daybook jobs --source 'render.requested' --target render.done
            """)

    @Option(help: ArgumentHelp("Topic of the jobs.", valueName: "topic"))
    var target: String?
    @Option(help: ArgumentHelp("Topic of the sources; * stands for any run of characters.", valueName: "pattern"))
    var source: [String] = []
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !source.isEmpty, target == nil { throw ValidationError("With --source say which --target, too.") }
    }

    func execute() async throws {
        try await connection.withClient { client in
            let query = source.map { ("sourceTopic", $0) } + (target.map { [("target", $0)] } ?? [])
            var table = Table(["TARGET", "SOURCES", "QUEUED", "SINCE", "RUNNING", "FAILED", "EXHAUSTED", "TOO OLD"])
            for queue in try await client.jobs(query) {
                guard !output.json, let members = queue.members else {
                    Console.write(queue.description + "\n")
                    continue
                }
                let sources = members["sourceTopics"]?.elements?.compactMap(\.stringValue) ?? []
                let more = members["complete"]?.boolValue == false ? "+" : ""
                func number(_ name: String) -> String { members[name]?.numberText ?? "" }
                Console.write(
                    table.add([
                        members["target"]?.stringValue ?? "", sources.joined(separator: " "),
                        number("queued") + more, members["queuedSince"]?.stringValue ?? "", number("running"),
                        number("failed"), number("exhausted"), number("hidden"),
                    ]))
            }
            if !output.json { Console.write(table.flush()) }
        }
    }
}
