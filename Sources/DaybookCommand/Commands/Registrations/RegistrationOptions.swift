import ArgumentParser
import LosslessJSON

/// What can be said of a registration when it is made and later.
struct RegistrationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Which events. Default: all.", valueName: "filter"))
    var filter: String?
    @Option(help: "What of them: created, changed, deleted. Default: created.")
    var on: [String] = []
    @Flag(
        inversion: .prefixedNo,
        help: "Whether it is given signals, too, live. Default: no.")
    var signals: Bool?
    @Option(help: ArgumentHelp("The handler of the server's configuration to deliver to.", valueName: "name"))
    var handler: String?
    @Option(help: ArgumentHelp("What the way of delivery needs, as JSON or @FILE with it.", valueName: "json"))
    var settings: String?
    @Option(
        help: ArgumentHelp(
            "Attempts, pauses and time-outs, as JSON or @FILE with it: {\"maximumAttempts\": 10, …}.", valueName: "json"
        ))
    var policy: String?

    func validate() throws {
        if handler != nil, settings != nil { throw ValidationError("Give either --handler or --settings, not both.") }
    }

    func write(to json: inout JSONWriter) throws {
        json.text("filter", filter)
        if !on.isEmpty {
            json.key("on")
            json.beginArray()
            for name in on.flatMap({ $0.split(separator: ",") }) { json.string(String(name)) }
            json.endArray()
        }
        if let signals {
            json.key("signals")
            json.bool(signals)
        }
        if let handler {
            json.key("settings")
            json.beginObject()
            json.text("handler", handler)
            json.endObject()
        }
        json.json("settings", try settings.map { try JSONArgument.read($0, of: "--settings") })
        json.json("policy", try policy.map { try JSONArgument.read($0, of: "--policy") })
    }
}
