import Daybook
import Logging

extension Setting {
    /// Every setting, in the order of the reference.
    static let all: [Setting] = [
        .text("host", \.host, "The address to listen on."),
        .integer("port", \.port, 0...65535, "The port to listen on; 0 takes any free one."),
        Setting(name: "log", form: .text, summary: "Where the events are: \(LogLocation.forms).") {
            let text = try single($0)
            guard let location = LogLocation(text) else {
                throw SettingError("'\(text)' is no log: write \(LogLocation.forms)")
            }
            $1.log = location
        } shown: {
            $0.log.redacted
        },
        Setting(name: "logLevel", form: .text, summary: "What the server tells on standard error: \(levels).") {
            let text = try single($0)
            guard let level = Logger.Level(rawValue: text) else {
                throw SettingError("'\(text)' is none of \(levels)")
            }
            $1.logLevel = level
        } shown: {
            $0.logLevel.rawValue
        },
        .text("prefix", \.prefix, "What the names of all streams start with.") {
            StreamRule.isValidName($0)
                ? nil : "'\($0)' cannot be part of a stream's name: use letters, digits, '.', '_', '-'"
        },
        .integer(
            "partitions", \.partitions, 1...10_000,
            "Partitions of streams that no rule gives a count, when they are made."),
        .integer(
            "maximumFamilies", \.maximumFamilies, 1...10_000,
            "How many streams the first segments of topics may make; further ones share one stream."),
        Setting(
            name: "rules", form: .list,
            summary: "Which topics go to which stream: each `PATTERN=STREAM[,partitions=N][,retention=TIME]`; the first"
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
        .bytes("maximumPayload", \.maximumPayload, 1024...(1 << 30), "The largest payload of an event."),
        Setting(
            name: "snapshotDirectory", form: .text,
            summary: "Where snapshots of the index are kept, which make a restart fast. Default: `snapshots` in the"
                + " directory of the embedded log; with Kafka none."
        ) {
            let text = try single($0)
            guard !text.isEmpty else { throw SettingError("must not be empty") }
            $1.snapshotDirectory = text
        } shown: {
            $0.snapshotDirectory ?? ""
        },
        .duration(
            "snapshotInterval", \.snapshotInterval, .seconds(1)...(.seconds(86_400)),
            "How long after a snapshot the next one is written, if anything changed."),
        .duration(
            "shutdownTimeout", \.shutdownTimeout, .seconds(1)...(.seconds(3600)),
            "How long requests in hand may take when the server is asked to stop."),
    ]

    static func named(_ name: String) -> Setting? {
        all.first { $0.name == name }
    }

    private static let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
}

extension StreamRule {
    /// Reads `PATTERN=STREAM[,partitions=N][,retention=TIME]`.
    init(written text: String) throws {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let mapping = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard mapping.count == 2 else { throw SettingError("the rule '\(text)' has no '=': write PATTERN=STREAM") }
        guard let pattern = TopicPattern(String(mapping[0])) else {
            throw SettingError("the rule '\(text)': '\(mapping[0])' is no topic pattern")
        }
        self.init(pattern: pattern, stream: String(mapping[1]))
        for part in parts.dropFirst() {
            let option = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (option[0], option.count == 2 ? option[1] : "") {
            case ("partitions", let count):
                guard let number = Int32(count), (1...10_000).contains(number) else {
                    throw SettingError("the rule '\(text)': a stream has 1 to 10000 partitions, not '\(count)'")
                }
                partitions = number
            case ("retention", let time):
                guard let duration = DurationText.parse(time), duration >= .seconds(1) else {
                    throw SettingError(
                        "the rule '\(text)': '\(time)' is no time span of a second or more, such as 12h or 30d")
                }
                retention = duration
            default:
                throw SettingError("the rule '\(text)': '\(part)' is neither partitions=N nor retention=TIME")
            }
        }
        do {
            try StreamLayout(rules: [self]).validate()
        } catch {
            throw SettingError("\(error)")
        }
    }

    var written: String {
        "\(pattern)=\(stream)" + (partitions.map { ",partitions=\($0)" } ?? "")
            + (retention.map { ",retention=\(DurationText.text($0))" } ?? "")
    }
}
