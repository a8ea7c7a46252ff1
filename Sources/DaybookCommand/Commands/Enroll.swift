import ArgumentParser
import LosslessJSON

struct Enroll: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Get a job: the next source event as one of your own.",
        discussion: """
            Prints the job's id and its source's, and nothing when there is nothing to do (exit code 3). Report how the \
            job goes with `daybook update`; a job that is not done is given to you again.

              daybook enroll --source 'render.requested' --target render.done --sender worker-1 --wait 30
              daybook update 01936ad8c2d47d8fb4a2e7f1c0a9d3b5 --status finished --sender worker-1
            """)

    @Option(help: ArgumentHelp("Topic of the sources; * stands for any run of characters.", valueName: "pattern"))
    var source: [String]
    @Option(help: ArgumentHelp("Topic of the job.", valueName: "topic"))
    var target: String
    @Option(help: "Who you are: the job is yours by this name.")
    var sender: String?
    @Option(help: ArgumentHelp("Which of the sender's workers you are.", valueName: "id"))
    var worker: String?
    @Option(help: "Of the job.")
    var description: String?
    @Flag(help: "Only when every older source is done.")
    var sequential = false
    @Option(help: ArgumentHelp("AYON's filter on the source: JSON, or @FILE with it.", valueName: "json"))
    var filter: String?
    @Option(help: "How often a failed job is done again. Default: 3.")
    var maxRetries: Int?
    @Option(help: ArgumentHelp("Leave out sources of this sender type.", valueName: "type"))
    var ignoreSenderType: [String] = []
    @Option(help: ArgumentHelp("Leave out older sources; 0 for none. Default: 3.", valueName: "days"))
    var ignoreOlderThan: Int?
    @Option(help: ArgumentHelp("The job is free again when you are silent for so long.", valueName: "seconds"))
    var lease: Int?
    @Option(help: ArgumentHelp("How long a failed job rests, twice as long each time.", valueName: "seconds"))
    var retryDelay: Int?
    @Option(help: "How many jobs, those included that you have.")
    var count = 1
    @Option(help: ArgumentHelp("How long to wait for a job.", valueName: "seconds"))
    var wait: Double?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        var json = JSONWriter()
        json.beginObject()
        json.strings("sourceTopic", source)
        json.text("targetTopic", target)
        json.text("sender", sender)
        json.text("workerId", worker)
        json.text("description", description)
        json.key("sequential")
        json.bool(sequential)
        json.json("filter", try filter.map { try JSONArgument.read($0, of: "--filter") })
        json.number("maxRetries", maxRetries)
        if !ignoreSenderType.isEmpty { json.strings("ignoreSenderTypes", ignoreSenderType) }
        json.number("ignoreOlderThan", ignoreOlderThan)
        json.number("leaseSeconds", lease)
        json.number("retryDelaySeconds", retryDelay)
        json.number("count", count)
        if let wait {
            json.key("waitSeconds")
            json.double(wait)
        }
        json.endObject()
        let request = JSONText(trusting: json.bytes)
        let jobs = try await connection.withClient { try await $0.enroll(request) }
        guard !jobs.isEmpty else { throw CommandFailure(.notFound, "there is nothing to do") }
        var table = Table(["JOB", "SOURCE", "STATUS"])
        for job in jobs {
            if output.json {
                Console.write(job.description + "\n")
            } else {
                let members = job.members
                Console.write(table.add(["id", "dependsOn", "status"].map { members?[$0]?.stringValue ?? "" }))
            }
        }
        if !output.json { Console.write(table.flush()) }
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ name: StaticString, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    /// Writes a member when there is a value.
    fileprivate mutating func number(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        key(name)
        int(value)
    }
}
