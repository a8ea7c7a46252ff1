import ArgumentParser
import LosslessJSON

/// The attributes of one event.
struct EventOptions: ParsableArguments {
    @Option(help: "What kind of event it is: words joined by dots, such as build.finished.")
    var topic: String?
    @Option(help: "One line for people.")
    var description: String?
    @Option(help: ArgumentHelp("A small JSON object.", valueName: "json"))
    var summary: String?
    @Option(help: ArgumentHelp("Any JSON, or @FILE with it.", valueName: "json"))
    var payload: String?
    @Option var project: String?
    @Option var user: String?
    @Option var sender: String?
    @Option(help: "pending, in_progress, finished (the default), failed, aborted or restarted.")
    var status: String?
    @Option(help: "0 to 100. Default: 100 when finished, else 0.")
    var progress: Double?
    @Option(help: "informational (the default), warning or error.")
    var severity: String?
    @Option(help: ArgumentHelp("The event it follows from.", valueName: "id"))
    var dependsOn: String?
    @Option(help: "A unique key.")
    var hash: String?
    @Option(help: "Events with one key keep their order.")
    var orderingKey: String?
    @Option(help: ArgumentHelp("When it happened (ISO 8601). Default: now.", valueName: "time"))
    var createdAt: String?
    @Option(help: "Its id, 32 lower-case hex digits. Default: a new one.")
    var id: String?
    @Flag(help: "Push it to those who listen now, and keep it for an hour only.")
    var signal = false

    /// Whether any of them is given.
    var isGiven: Bool {
        signal || progress != nil
            || [
                topic, description, summary, payload, project, user, sender, status, severity, dependsOn, hash,
                orderingKey,
                createdAt, id,
            ].contains { $0 != nil }
    }

    /// The event as a line of NDJSON.
    func line() throws -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.text("topic", topic)
        json.text("id", id)
        json.text("hash", hash)
        json.text("sender", sender)
        json.text("project", project)
        json.text("user", user)
        json.text("dependsOn", dependsOn)
        json.text("status", status)
        if let progress {
            json.key("progress")
            json.double(progress)
        }
        json.text("description", description)
        json.json("summary", try summary.map { try JSONArgument.read($0, of: "--summary") })
        json.json("payload", try payload.map { try JSONArgument.read($0, of: "--payload") })
        json.text("severity", severity)
        json.text("orderingKey", orderingKey)
        json.text("createdAt", createdAt)
        if signal {
            json.key("store")
            json.bool(false)
        }
        json.endObject()
        return json.bytes
    }
}
