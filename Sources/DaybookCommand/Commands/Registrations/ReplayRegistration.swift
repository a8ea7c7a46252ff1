import ArgumentParser
import LosslessJSON

struct ReplayRegistration: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Run a stretch of the past through a registration's handler once more.",
        discussion: """
            Its positions stay where they are. What the handler refuses is tried as often as the policy says, then told \
            and passed over (exit code 1). For registrations with a webhook or a handler of the server.

              daybook registrations replay alerts --from 2026-11-01T00:00:00Z --to 2026-11-08T00:00:00Z
            """)

    @Argument(help: "Its name.")
    var name: String
    @Option(help: "Where to begin: earliest, a log time, or what a former replay gave to go on from.")
    var from: String
    @Option(help: "Where to end: a log time. Default: now.")
    var to: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        var progress = ProgressLine(total: nil)
        var last: JSONMembers?
        do {
            try await connection.withClient { client in
                try await client.replayRegistration(name, from: from, to: to) { members in
                    last = members
                    progress.show(done: 0, items: count("read", members), "records")
                }
            }
        } catch {
            progress.clear()
            var failure = CommandFailure(error)
            if let resume = last?["resume"]?.stringValue, !resume.isEmpty {
                failure.message += "; to go on from there: --from \(resume)"
            }
            throw failure
        }
        progress.clear()
        let failed = count("failed", last)
        if output.json {
            Console.write(
                "{\"read\":\(count("read", last)),\"delivered\":\(count("delivered", last)),\"failed\":\(failed)}\n")
        } else {
            Console.write("\(count("delivered", last)) delivered, \(failed) failed\n")
        }
        for failure in last?["failures"]?.elements.map(Array.init) ?? [] {
            let members = failure.members
            let text = "\(members?["position"]?.stringValue ?? ""): \(members?["reason"]?.stringValue ?? "")"
            Console.writeError(DisplayText.safe(text) + "\n")
        }
        if failed > 0 { throw CommandFailure(.failure, "\(failed) deliveries failed") }
    }

    private func count(_ name: String, _ members: JSONMembers?) -> Int {
        members?[name]?.int64Value.map { Int($0) } ?? 0
    }
}
