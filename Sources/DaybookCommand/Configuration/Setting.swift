import Daybook
import Logging

/// One thing about the server that can be set: its name, its form, what it does.
///
/// The name decides all spellings: `index.maximumEvents` is the flag `--index-maximum-events`, the environment
/// variable `DAYBOOK_INDEX_MAXIMUM_EVENTS`, and in a configuration file `{"index": {"maximumEvents": …}}`.
struct Setting: Sendable {
    let name: String
    let form: SettingForm
    /// One sentence, for `--help` and the reference.
    let summary: String
    /// Puts a value that was written down into the configuration.
    ///
    /// - Throws: ``SettingError``, which says what is wrong with the value, not whose it is.
    let apply: @Sendable (SettingValue, inout ServerConfiguration) throws -> Void
    /// The configuration's value, as it would be written down; secrets left out.
    let shown: @Sendable (ServerConfiguration) -> String

    static let redaction = "(hidden)"

    var flag: String { "--" + words.joined(separator: "-") }
    var environmentName: String { "DAYBOOK_" + words.joined(separator: "_").uppercased() }

    /// The name's words in lower case: `index.maximumEvents` has three.
    private var words: [String] {
        var words = [""]
        for character in name {
            if character == "." || character.isUppercase { words.append("") }
            if character != "." { words[words.count - 1] += character.lowercased() }
        }
        return words
    }
}

/// What was written for a setting, whatever the source.
enum SettingValue: Sendable, Equatable {
    case one(String)
    case many([String])
}

/// Why a value cannot be used.
struct SettingError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

extension Setting {
    static func text(
        _ name: String, _ path: any WritableKeyPath<ServerConfiguration, String> & Sendable, _ summary: String,
        check: @escaping @Sendable (String) -> String? = { $0.isEmpty ? "must not be empty" : nil }
    ) -> Setting {
        Setting(name: name, form: .text, summary: summary) { value, configuration in
            let text = try single(value)
            if let problem = check(text) { throw SettingError(problem) }
            configuration[keyPath: path] = text
        } shown: {
            $0[keyPath: path]
        }
    }

    static func integer(
        _ name: String, _ path: any WritableKeyPath<ServerConfiguration, Int> & Sendable, _ range: ClosedRange<Int>,
        _ summary: String
    ) -> Setting {
        Setting(name: name, form: .integer(range), summary: summary) { value, configuration in
            let text = try single(value)
            guard let number = Int(text) else { throw SettingError("'\(text)' is no whole number") }
            guard range.contains(number) else {
                let bound =
                    range.upperBound == .max
                    ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
                throw SettingError("must be \(bound), not \(number)")
            }
            configuration[keyPath: path] = number
        } shown: {
            "\($0[keyPath: path])"
        }
    }

    static func bytes(
        _ name: String, _ path: any WritableKeyPath<ServerConfiguration, Int> & Sendable, _ range: ClosedRange<Int>,
        _ summary: String
    ) -> Setting {
        Setting(name: name, form: .bytes(range), summary: summary) { value, configuration in
            let text = try single(value)
            guard let bytes = ByteCount.parse(text) else {
                throw SettingError("'\(text)' is no number of bytes such as 1048576, 512KiB, 1MiB or 4GiB")
            }
            guard range.contains(bytes) else {
                throw SettingError(
                    "must be \(ByteCount.text(range.lowerBound)) to \(ByteCount.text(range.upperBound)), not \(text)")
            }
            configuration[keyPath: path] = bytes
        } shown: {
            ByteCount.text($0[keyPath: path])
        }
    }

    static func duration(
        _ name: String, _ path: any WritableKeyPath<ServerConfiguration, Duration> & Sendable,
        _ range: ClosedRange<Duration>, _ summary: String
    ) -> Setting {
        Setting(name: name, form: .duration, summary: summary) { value, configuration in
            let text = try single(value)
            guard let duration = DurationText.parse(text) else {
                throw SettingError("'\(text)' is no time span such as 250ms, 2s, 5m, 1h or 7d")
            }
            guard range.contains(duration) else {
                throw SettingError(
                    "must be \(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound)), not \(text)"
                )
            }
            configuration[keyPath: path] = duration
        } shown: {
            DurationText.text($0[keyPath: path])
        }
    }

    /// The text of a setting that has one value.
    static func single(_ value: SettingValue) throws -> String {
        guard case .one(let text) = value else { throw SettingError("must be one value, not a list") }
        return text
    }
}
