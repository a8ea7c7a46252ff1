import Daybook
import DaybookServer
import Logging

extension Setting {
    /// Every setting, in the order of the reference.
    static let all = general + streams + index + http + webhooks

    static func named(_ name: String) -> Setting? {
        all.first { $0.name == name }
    }

    private static let general = [
        Setting("host", \.host, .text, "The address to listen on."),
        Setting("port", \.port, .integer(0...65535), "The port to listen on; 0 takes any free one."),
        Setting("log", \.log, .log, "Where the events are: \(LogLocation.forms)."),
        Setting(
            "logLevel", \.logLevel, .logLevel,
            "What the server tells on standard error: \(ValueForm<Logger.Level>.names)."),
        Setting(
            "shutdownTimeout", \.shutdownTimeout, .duration(.seconds(1)...(.seconds(3600))),
            "How long requests in hand may take when the server is asked to stop."),
    ]

    private static let streams = [
        Setting("prefix", \.prefix, .text(prefixProblem), "What the names of all streams start with."),
        Setting(
            "partitions", \.partitions, .integer(1...10_000),
            "How many partitions a stream is made with that no rule gives a count."),
        Setting(
            "maximumFamilies", \.maximumFamilies, .integer(1...10_000),
            "How many streams the first segments of topics may make; further ones share one stream."),
        Setting(
            name: "rules", formName: "list", isList: true,
            summary:
                "Which topics go to which stream: each `PATTERN=STREAM[,partitions=N][,retention=TIME][,hash-window=TIME]`; the first"
                + " that matches counts. In the environment they are separated by blanks."
        ) { value, configuration in
            let texts: [String] =
                switch value {
                case .many(let texts): texts
                case .one(let text): text.split(separator: " ").map(String.init)
                }
            configuration.rules = try texts.map { try StreamRule(written: $0) }
        } shown: {
            $0.rules.map(\.written).joined(separator: " ")
        },
        Setting(
            name: "topics", formName: "object", isObject: true,
            summary:
                "Entries of the topic catalogue: a JSON object of topics or patterns, each with `description`, `summary`, `check` and"
                + " `fields` as in [topics.md](topics.md). In a file the object itself."
        ) { value, configuration in
            configuration.topics = try TopicEntry.entries(written: value)
        } shown: {
            TopicEntry.written($0.topics)
        },
        Setting(
            "maximumHashes", optional: \.maximumHashes, .integer(1...4_000_000_000),
            "How many hashes may be taken at once: they are held in memory, some 60 bytes each. Publishes that need more are"
                + " refused with 507. Default: no bound."),
        Setting(
            "maximumRegistrations", \.maximumRegistrations, .integer(1...100_000),
            "How many registrations there may be. What makes more is refused with 507."),
        Setting(
            "publishStart", \.publishStart, .bool,
            "Whether a server that has started publishes the event `server.started`."),
        Setting(
            "maximumPayload", \.maximumPayload, .bytes(1024...(1 << 30)),
            "The largest payload of an event. With Kafka, the brokers' limit counts, too."),
    ]

    private static let index = [
        Setting(
            "index.maximumEvents", optional: \.maximumEvents, .integer(1...1_000_000_000),
            "How many events of a partition the index holds; beyond that, those that are done leave it, the oldest"
                + " first. They stay in the log. Default: no bound."),
        Setting(
            "index.maximumAge", optional: \.maximumAge, .duration(.seconds(1)...(.seconds(3_153_600_000))),
            "For how long the index holds events that are done, by log time. Default: no bound."),
        Setting(
            "snapshotDirectory", optional: \.snapshotDirectory, .text,
            "Where snapshots of the index are kept, which make a restart fast. Default: `snapshots` in the directory of"
                + " the embedded log; with Kafka none."),
        Setting(
            "snapshotInterval", \.snapshotInterval, .duration(.seconds(1)...(.seconds(86_400))),
            "How long after a snapshot the next one is written, if anything changed."),
    ]

    private static let http = [
        Setting(
            "http.maximumBatch", \.http.maximumBatchBytes, .bytes((1 << 16)...(1 << 30)),
            "The largest body with several events."),
        Setting(
            "http.maximumInWork", \.http.maximumBytesInWork, .bytes((1 << 20)...(1 << 40)),
            "The memory that the bodies of all requests may take together; more are answered with 503."),
        Setting(
            "http.maximumConnections", \.http.maximumConnections, .integer(1...1_000_000),
            "How many connections there may be; more wait."),
        Setting(
            "http.idleTimeout", \.http.idleTimeout, .duration(.seconds(1)...(.seconds(3600))),
            "For how long a connection may be silent, in the middle of a request, too."),
        Setting(
            "http.writeTimeout", \.http.writeTimeout, .duration(.milliseconds(100)...(.seconds(600))),
            "How long the log may take to acknowledge a write, before the answer is 503."),
        Setting(
            "http.readTimeout", \.http.readTimeout, .duration(.milliseconds(100)...(.seconds(600))),
            "For how long the log is read to answer one request, streams aside."),
        Setting(
            "http.applyTimeout", \.http.applyTimeout, .duration(.zero...(.seconds(600))),
            "How long an answer waits for the index to show what was written."),
        Setting(
            "http.ayonVersion", \.http.ayonVersion, .text(AyonVersion.problem),
            "The version of AYON's server that AYON's clients are told, which decides what they ask for."),
    ]

    private static let webhooks = [
        Setting(
            "webhooks.allowPrivateAddresses", \.webhooks.allowsPrivateAddresses, .bool,
            "Whether the webhooks of registrations may go to addresses outside the public Internet, such as this machine's."
        ),
        Setting(
            "webhooks.allowHttp", \.webhooks.allowsHTTP, .bool,
            "Whether the webhooks of registrations may go to `http://` URLs, where anybody on the way can read them."),
    ]

    @Sendable private static func prefixProblem(_ prefix: String) -> String? {
        StreamRule.isValidName(prefix)
            ? nil : "'\(prefix)' cannot be part of a stream's name: use letters, digits, '.', '_', '-'"
    }
}
