import ArgumentParser
import LosslessJSON

struct Update: Subcommand {
    static let configuration = CommandConfiguration(
        abstract: "Change an event's status, progress or other attributes.",
        discussion: """
            What is not given stays as it is. Objects are replaced as a whole.

              daybook update 01936ad8c2d47d8fb4a2e7f1c0a9d3b5 --status finished
            """)

    @Argument(help: "The event's id.")
    var id: String
    @Option(help: "pending, in_progress, finished, failed, aborted or restarted.")
    var status: String?
    @Option(help: "0 to 100.")
    var progress: Double?
    @Option var retries: Int?
    @Option var description: String?
    @Option(help: ArgumentHelp("A JSON object.", valueName: "json"))
    var summary: String?
    @Option(help: ArgumentHelp("JSON, or @FILE with it.", valueName: "json"))
    var payload: String?
    @Option var project: String?
    @Option var user: String?
    @Option var sender: String?
    @Option(help: ArgumentHelp("Which of the sender's workers you are, as 'daybook enroll' was told.", valueName: "id"))
    var worker: String?
    @OptionGroup var connection: ConnectionOptions

    func execute() async throws {
        var json = JSONWriter()
        json.beginObject()
        json.text("status", status)
        if let progress {
            json.key("progress")
            json.double(progress)
        }
        if let retries {
            json.key("retries")
            json.int(retries)
        }
        json.text("description", description)
        json.json("summary", try summary.map { try JSONArgument.read($0, of: "--summary") })
        json.json("payload", try payload.map { try JSONArgument.read($0, of: "--payload") })
        json.text("project", project)
        json.text("user", user)
        json.text("sender", sender)
        json.endObject()
        let changes = JSONText(trusting: json.bytes)
        guard !changes.isEmptyObject else {
            throw ValidationError("Say what to change, for example --status finished.")
        }
        try await connection.withClient { try await $0.update(id, changes, worker: worker) }
    }
}

/// JSON given on the command line: as it is, or as `@FILE`.
enum JSONArgument {
    static func read(_ text: String, of option: String) throws -> JSONText {
        var bytes = Array(text.utf8)
        if text.hasPrefix("@") {
            let path = String(text.dropFirst())
            do {
                bytes = try InputFile(path: path).readAll(limit: 1 << 30)
            } catch {
                throw CommandFailure(.usage, "\(option): \(path) cannot be read: \(error)")
            }
        }
        do {
            return try JSONText(bytes)
        } catch {
            throw CommandFailure(.usage, "\(option) is no valid JSON: \(error)")
        }
    }
}

extension JSONWriter {
    /// Writes a member when there is a value.
    mutating func text(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        key(name)
        string(value)
    }

    /// Writes a member when there is a value.
    mutating func json(_ name: StaticString, _ value: JSONText?) {
        guard let value else { return }
        key(name)
        raw(value)
    }
}
