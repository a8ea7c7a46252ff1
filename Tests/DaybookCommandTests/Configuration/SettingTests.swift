import ArgumentParser
import Daybook
import Testing

@testable import DaybookCommand

@Suite struct SettingTests {
    @Test("a name decides all its spellings")
    func spellings() throws {
        let setting = try #require(Setting.named("maximumPayload"))
        #expect(setting.flag == "--maximum-payload")
        #expect(setting.environmentName == "DAYBOOK_MAXIMUM_PAYLOAD")
        let nested = try #require(Setting.named("index.maximumAge"))
        #expect(nested.flag == "--index-maximum-age")
        #expect(nested.environmentName == "DAYBOOK_INDEX_MAXIMUM_AGE")
    }

    @Test("every setting has its flag, and no other one does anything", arguments: Setting.all.map(\.name))
    func flags(name: String) throws {
        let setting = try #require(Setting.named(name))
        // One that is said takes no value: whoever says it means it.
        guard name != "insecure" else {
            #expect(try SettingOptions.parse([setting.flag]).values == [name: .one("true")])
            return
        }
        let options = try SettingOptions.parse([setting.flag, "value"])
        #expect(options.values == [name: setting.isList ? .many(["value"]) : .one("value")])
    }

    @Test("what is shown of a default can be written down again", arguments: Setting.all.map(\.name))
    func defaults(name: String) throws {
        let setting = try #require(Setting.named(name))
        let defaults = ServerConfiguration()
        let shown = setting.shown(defaults)
        guard !shown.isEmpty else { return }
        var configuration = ServerConfiguration()
        try setting.apply(.one(shown), &configuration)
        #expect(setting.shown(configuration) == shown)
    }

    @Test("names and spellings are unique")
    func unique() {
        #expect(Set(Setting.all.map(\.environmentName)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
    }

    @Test(
        "values that cannot be are refused, and the message says why",
        arguments: [
            ("port", "http", "'http' is no whole number"), ("port", "65536", "must be 0 to 65535, not 65536"),
            ("port", "-1", "must be 0 to 65535, not -1"), ("partitions", "0", "must be 1 to 10000, not 0"),
            ("maximumPayload", "1MB", "'1MB' is no number of bytes such as 1048576, 512KiB, 1MiB or 4GiB"),
            (
                "maximumPayload", "99999999999GiB",
                "'99999999999GiB' is no number of bytes such as 1048576, 512KiB, 1MiB or 4GiB"
            ),
            ("maximumPayload", "1", "must be 1KiB to 1GiB, not 1"),
            ("http.idleTimeout", "10", "'10' is no time span such as 250ms, 2s, 5m, 1h or 7d"),
            ("http.idleTimeout", "0s", "must be 1s to 1h, not 0s"),
            ("log", "postgres:x", "'postgres:x' is no log: write \(LogLocation.forms)"),
            ("log", "sqlite:", "'sqlite:' is no log: write \(LogLocation.forms)"),
            ("log", "kafka://", "'kafka://' is no log: write \(LogLocation.forms)"),
            ("jwt.keys", "http://example.org/keys", "'http://example.org/keys' must be a file, or begin with https://"),
            ("jwt.keys", "https://", "'https://' must be a file, or begin with https://"),
            ("jwt.keys", "ftp://example.org/keys", "'ftp://example.org/keys' must be a file, or begin with https://"),
            ("rateLimit", "0", "must be a number from 0.01 to 1000000, not '0'"),
            ("rateLimit", "nan", "must be a number from 0.01 to 1000000, not 'nan'"),
            (
                "corsOrigin", "https://example.org/page",
                "'https://example.org/page' is no origin such as https://example.org, without a path"
            ), ("insecure", "yes", "'yes' is neither true nor false"),
            ("logLevel", "loud", "'loud' is none of trace, debug, info, notice, warning, error, critical"),
            ("host", "", "must not be empty"),
            ("prefix", "a b", "'a b' cannot be part of a stream's name: use letters, digits, '.', '_', '-'"),
            ("rules", "git.*", "the rule 'git.*' has no '=': write PATTERN=STREAM"),
            ("rules", "g$t=code", "the rule 'g$t=code': 'g$t' is no topic pattern"),
            ("rules", "git.*=dedup", "the rule for git.*: stream dedup is Daybook's own"),
            ("topics", "[]", "is no JSON object of topics: line 1, column 1: expected '{', found '['"),
            ("topics", #"{"a b":{}}"#, "'a b' is no topic, and no pattern"),
            ("topics", #"{"a":{},"a":{}}"#, "a is given twice"), ("topics", #"{"a":7}"#, "a must be an object"),
            (
                "topics", #"{"a":{"fields":["summary"]}}"#,
                "a: fields.summary: the name summary is reserved (every dataset has a timestamp, before its fields): use another"
            ),
            (
                "rules", "a=b,partitions=no",
                "the rule 'a=b,partitions=no': a stream has 1 to 10000 partitions, not 'no'"
            ),
            (
                "rules", "a=b,keep=1d",
                "the rule 'a=b,keep=1d': 'keep=1d' is none of partitions=N, retention=TIME, hash-window=TIME"
            ),
        ])
    func refusals(name: String, text: String, message: String) throws {
        let setting = try #require(Setting.named(name))
        var configuration = ServerConfiguration()
        let error = #expect(throws: SettingError.self) { try setting.apply(.one(text), &configuration) }
        #expect(error?.description == message)
    }

    @Test("rules are read as they are written")
    func rules() throws {
        let rule = try StreamRule(written: "git.*=code,partitions=4,retention=30d")
        #expect(rule.pattern.text == "git.*")
        #expect(rule.stream == "code")
        #expect(rule.partitions == 4)
        #expect(rule.retention == .seconds(30 * 86_400))
        #expect(rule.written == "git.*=code,partitions=4,retention=30d")
    }

    @Test("entries of topics are read as they are written")
    func topics() throws {
        let text = #"{"a.*":{"check":"warn","summary":[{"name":"n"}]},"b":{"fields":[{"name":"x","type":"string"}]}}"#
        let entries = try TopicEntry.entries(written: .one(text))
        #expect(entries.map(\.pattern.text) == ["a.*", "b"] && entries[0].check == .warn)
        #expect(TopicEntry.written(entries) == text)
        let file = try ConfigurationFile.parse(Array("{\"topics\": \(text)}".utf8))
        #expect(file.values["topics"] == .one(text), "in a file the object itself")
        #expect(throws: SettingError.self) { try ConfigurationFile.parse(Array(#"{"topics": ["a"]}"#.utf8)) }
        #expect(throws: SettingError.self) { try ConfigurationFile.parse(Array(#"{"port": {}}"#.utf8)) }
    }

    @Test(
        "a log's secrets are not shown",
        arguments: [
            ("kafka://h:1?sasl.password=geheim&linger.ms=5", "kafka://h:1?sasl.password=(hidden)&linger.ms=5"),
            ("kafka://h:1?ssl.key.pem=abc", "kafka://h:1?ssl.key.pem=(hidden)"),
            ("kafka://h:1", "kafka://h:1"), ("sqlite:/a/password=b", "sqlite:/a/password=b"),
        ])
    func secrets(url: String, shown: String) throws {
        #expect(try #require(LogLocation(url)).redacted == shown)
    }

    @Test(
        "only addresses of this machine count as such",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("localhost", true), ("::1", true), ("0.0.0.0", false),
            ("::", false),
            ("127.example.org", false), ("192.168.0.1", false),
        ])
    func loopback(host: String, isLoopback: Bool) {
        var configuration = ServerConfiguration()
        configuration.host = host
        #expect(configuration.isLoopbackOnly == isLoopback)
    }
}
