import Daybook
import DaybookServer
import Logging

extension Setting {
    /// Every setting, in the order of the reference.
    static let all = general + access + streams + index + http + webhooks

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

    private static let access = [
        Setting(
            "insecure", \.http.isInsecure, .bool,
            "Whether a server without keys listens where others than this machine reach it: whoever does can read and write"
                + " everything."),
        Setting(
            "tls.certificate", optional: \.tls.certificate, .text,
            "The file with the certificate to serve HTTPS with, and those it is signed by (PEM). Default: no TLS."),
        Setting("tls.key", optional: \.tls.key, .text, "The file with the certificate's private key (PEM)."),
        Setting(
            name: "corsOrigin", formName: "list", isList: true,
            summary:
                "Web pages that may use the server, by their origin, such as `https://example.org`; `*` allows all where there are"
                + " keys. Default: its own only."
        ) { value, configuration in
            let texts: [String] =
                switch value {
                case .many(let texts): texts
                case .one(let text): text.split(separator: " ").map(String.init)
                }
            for text in texts where text != "*" && !ServerOptions.isOrigin(text) {
                throw SettingError("'\(text)' is no origin such as https://example.org, without a path")
            }
            configuration.http.corsOrigins = texts
        } shown: {
            $0.http.corsOrigins.joined(separator: " ")
        },
        Setting(
            "rateLimit", optional: \.http.rateLimit, .number(0.01...1_000_000),
            "How many requests in a second are taken of one key, or without a key of one address; more are answered with 429."
                + " Default: no bound."),
        Setting(
            "rateBurst", optional: \.http.rateBurst, .integer(1...1_000_000),
            "How many of them may come at once after a pause. Default: twice `rateLimit`, and ten at least."),
        Setting(
            "jwt.keys", optional: \.tokens.keys, .keySet,
            "Where the public keys are (a JSON web key set) that `Bearer` tokens are signed with: a file, or a URL with https."
                + " Default: no tokens are taken."),
        Setting("jwt.issuer", optional: \.tokens.issuer, .text, "What tokens have to say in `iss`. Default: anything."),
        Setting(
            "jwt.audience", optional: \.tokens.audience, .text,
            "What tokens have to name in `aud`; required with a URL, whose issuer makes tokens for others, too."),
        Setting(
            "jwt.roleClaim", optional: \.tokens.roleClaim, .text,
            "The claim with the role, or a path to it with dots. Default: `daybook_role`, or else `role`."),
        Setting("jwt.scopesClaim", \.tokens.scopesClaim, .text, "The claim with the scopes."),
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
            "Where snapshots of the index and of what is known of hashes are kept, which make a restart fast. Default:"
                + " `snapshots` in the directory of the embedded log; with Kafka none."),
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
            "http.headerTimeout", \.http.headerTimeout, .duration(.milliseconds(100)...(.seconds(600))),
            "How long the head of a request may take, and agreeing on keys for TLS."),
        Setting(
            "http.requestTimeout", \.http.requestTimeout, .duration(.milliseconds(100)...(.seconds(86_400))),
            "How long the body of a request may take."),
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
