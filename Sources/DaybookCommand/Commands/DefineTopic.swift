import ArgumentParser
import Daybook
import LosslessJSON

struct DefineTopic: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "define", abstract: "Say what the events of a topic, or of a pattern of topics, hold.",
        discussion: """
            What is not given stays as the entry for exactly this topic or pattern has it; with --replace nothing stays.

              daybook topics define ssh.login --description 'Somebody logged in' \\
                --field 'user:string=User' --field 'port:integer=Port'
              daybook topics define 'build.*' --member number:integer --member branch? --check warn

            Types are \(DatasetFieldType.allCases.map(\.rawValue).joined(separator: ", ")); without one any JSON is taken.
            """)

    @Argument(help: "A topic, or a pattern with *.")
    var topic: String
    @Option(help: "What the events tell.")
    var description: String?
    @Option(
        name: [.customLong("member")], parsing: .singleValue,
        help: ArgumentHelp(
            "A member of summaries, with ? behind the name when it may be missing. May be repeated.",
            valueName: "name[?][:type][=description]"))
    var summary: [String] = []
    @Option(
        name: [.customLong("field")], parsing: .singleValue,
        help: ArgumentHelp(
            "A field of datasets, in order. May be repeated. Every dataset begins with timestamp, which is no field.",
            valueName: "name[:type][=description]"))
    var fields: [String] = []
    @Option(help: "off, warn or reject: what happens to events whose summary has other members.")
    var check: String?
    @Option(help: ArgumentHelp("The entry as JSON, or @FILE with it, instead of the options above.", valueName: "json"))
    var json: String?
    @Flag(help: "Keep nothing of the entry there is.")
    var replace = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        let isGiven = description != nil || !summary.isEmpty || !fields.isEmpty || check != nil
        guard (json != nil) != isGiven else {
            throw ValidationError("Say what the events hold, for example --field user:string, or give --json alone.")
        }
    }

    func execute() async throws {
        try await connection.withClient { client in
            if let json {
                return try await client.defineTopic(topic, JSONArgument.read(json, of: "--json"))
            }
            let old = replace ? nil : try await client.topicEntry(topic)?.members
            try await client.defineTopic(topic, entry(over: old?["topic"]?.stringValue == topic ? old : nil))
        }
    }

    private func entry(over old: JSONMembers?) -> JSONText {
        var json = JSONWriter()
        json.beginObject()
        json.json("description", description.map { JSONText.string($0) } ?? old?["description"])
        json.json("check", check.map { JSONText.string($0) } ?? old?["check"])
        json.json("summary", summary.isEmpty ? old?["summary"] : Self.list(summary))
        json.json("fields", fields.isEmpty ? old?["fields"] : Self.list(fields))
        json.endObject()
        return JSONText(trusting: json.bytes)
    }

    /// Reads `name[?][:type][=description]`. Whether it makes sense is the server's to say.
    private static func list(_ texts: [String]) -> JSONText {
        var json = JSONWriter()
        json.beginArray()
        for text in texts {
            let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let parts = halves[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let isOptional = parts[0].hasSuffix("?")
            json.beginObject()
            json.text("name", String(isOptional ? parts[0].dropLast() : parts[0]))
            json.text("type", parts.count > 1 ? String(parts[1]) : nil)
            json.text("description", halves.count > 1 ? String(halves[1]) : nil)
            if isOptional { json.json("optional", JSONText(trusting: Array("true".utf8))) }
            json.endObject()
        }
        json.endArray()
        return JSONText(trusting: json.bytes)
    }
}
