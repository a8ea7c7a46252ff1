import ArgumentParser
import Daybook
import LosslessJSON

struct CreateKey: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key, and print it on the last line.",
        discussion: """
            The key is shown this once: the log keeps only its hash.

            Roles: service (everything, in others' names, too), admin (all but enroll), manager (publish, change, read, \
            replay), user (change own events, read those and events without project), guest (nothing).

            A scope has permissions (publish, change, read, enroll, replay, admin), and perhaps topics and projects: \
            'read,replay topics=entity.*,log.* projects=demo_*'. Scopes narrow what services, admins and managers may \
            do, and grant it to users and guests. The project '-' is having none.
            """)

    @Option(help: "Its name, and that of the user it stands for.")
    var name: String
    @Option(help: ArgumentHelp(Role.allCases.reversed().map(\.rawValue).joined(separator: ", ") + "."))
    var role: String
    @Option(name: .customLong("scope"), help: ArgumentHelp("What it is limited to, or granted. Repeatable."))
    var scopes: [String] = []
    @Option(help: ArgumentHelp("When it ends: an ISO 8601 time, or a time span such as 12h or 90d.", valueName: "time"))
    var expires: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func execute() async throws {
        let expires = try expires.map { text in
            if let time = Timestamp(text) { return time }
            if let span = DurationText.parse(text) { return Timestamp.now.advanced(by: span) }
            throw CommandFailure(
                .usage, "--expires: '\(text)' is neither a time such as 2027-01-01T00:00:00Z nor a span such as 90d")
        }
        for scope in scopes {
            do throws(InvalidScope) { _ = try AccessScope(scope) } catch {
                throw CommandFailure(.usage, "--scope '\(scope)': \(error)")
            }
        }
        var json = JSONWriter()
        json.beginObject()
        json.text("name", name)
        json.text("role", role)
        json.key("scopes")
        json.beginArray()
        for scope in scopes { json.string(scope) }
        json.endArray()
        json.text("expires", expires?.description)
        json.endObject()
        let request = JSONText(trusting: json.bytes)
        let made = try await connection.withClient { try await $0.createKey(request) }
        guard !output.json else { return Console.write(made.description + "\n") }
        guard let key = made.members?["key"]?.stringValue else {
            throw CommandFailure(.failure, "the server made the key and did not tell it: revoke it")
        }
        let end = expires.map { ", good until \($0)" } ?? ""
        Console.write("The key \(DisplayText.safe(name))\(end), shown this once:\n\(key)\n")
    }
}
