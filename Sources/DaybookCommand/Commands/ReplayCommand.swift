import ArgumentParser
import LosslessJSON

struct ReplayCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Read a stretch of the past again, as NDJSON.",
        discussion: """
            Gives every record of the log, a JSON object a line, in the order of each partition. At the end, or where \
            it broke off, it says on standard error where a later replay goes on.

              daybook replay --topic 'build.*' --from 2026-11-01T00:00:00Z --to 2026-11-08T00:00:00Z > week.ndjson
              daybook replay --output all.ndjson
            """)

    @Option(help: ArgumentHelp("A topic; * stands for any run of characters. Repeatable.", valueName: "pattern"))
    var topic: [String] = []
    @Option(help: "Where to begin: earliest, a log time (ISO 8601), or what a former replay gave to go on from.")
    var from = "earliest"
    @Option(help: "Where to end: a log time. Default: now.")
    var to: String?
    @Option(help: ArgumentHelp("Write to a file instead of standard output.", valueName: "file"))
    var output: String?
    @OptionGroup var connection: ConnectionOptions

    func execute() async throws {
        let sink = try output.map { try OutputFile(path: $0) }
        try await connection.withClient { client in
            var progress = ProgressLine(total: nil, isShown: sink != nil && Console.errorIsTerminal)
            var records = 0
            var resume: String?
            defer {
                progress.clear()
                let goOn = resume.map { "; to go on from here: --from \($0)" } ?? ""
                Console.writeError("\(records) record\(records == 1 ? "" : "s")\(goOn)\n")
            }
            try await client.replay(topics: topic, from: from, to: to) { part in
                switch part {
                case .record(let record):
                    if let sink {
                        try sink.write(record.bytes + [UInt8(ascii: "\n")])
                    } else {
                        Console.write(record.bytes + [UInt8(ascii: "\n")])
                    }
                    records += 1
                    progress.show(done: 0, items: records, "records")
                case .resume(let text, _): resume = text
                }
            }
            try sink?.flush()
        }
    }
}
