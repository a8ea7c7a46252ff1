/// One thing about the server that can be set: its name, its form, what it does.
///
/// The name decides all spellings: `index.maximumAge` is the flag `--index-maximum-age`, the environment variable
/// `DAYBOOK_INDEX_MAXIMUM_AGE`, and in a configuration file `{"index": {"maximumAge": …}}`.
struct Setting: Sendable {
    let name: String
    /// Of the values' form.
    let formName: String
    /// Whether there may be several values.
    let isList: Bool
    /// Whether the value is a JSON object: in a file the object itself, elsewhere its text.
    let isObject: Bool
    /// One or two sentences, for `--help` and the reference.
    let summary: String
    /// Puts a value that was written down into the configuration.
    ///
    /// - Throws: ``SettingError``, which says what is wrong with the value, not whose it is.
    let apply: @Sendable (SettingValue, inout ServerConfiguration) throws -> Void
    /// The configuration's value, as it would be written down; secrets left out, empty when there is none.
    let shown: @Sendable (ServerConfiguration) -> String

    static let redaction = "(hidden)"

    /// A setting with one value.
    init<Value>(
        _ name: String, _ path: any WritableKeyPath<ServerConfiguration, Value> & Sendable, _ form: ValueForm<Value>,
        _ summary: String
    ) {
        self.init(name: name, formName: form.name, summary: summary) {
            $1[keyPath: path] = try form.parse(try Self.single($0))
        } shown: {
            form.text($0[keyPath: path])
        }
    }

    /// A setting with one value or none.
    init<Value>(
        _ name: String, optional path: any WritableKeyPath<ServerConfiguration, Value?> & Sendable,
        _ form: ValueForm<Value>, _ summary: String
    ) {
        self.init(name: name, formName: form.name, summary: summary) {
            $1[keyPath: path] = try form.parse(try Self.single($0))
        } shown: {
            $0[keyPath: path].map(form.text) ?? ""
        }
    }

    init(
        name: String, formName: String, isList: Bool = false, isObject: Bool = false, summary: String,
        apply: @escaping @Sendable (SettingValue, inout ServerConfiguration) throws -> Void,
        shown: @escaping @Sendable (ServerConfiguration) -> String
    ) {
        self.name = name
        self.formName = formName
        self.isList = isList
        self.isObject = isObject
        self.summary = summary
        self.apply = apply
        self.shown = shown
    }

    var flag: String { "--" + words.joined(separator: "-") }
    var environmentName: String { "DAYBOOK_" + words.joined(separator: "_").uppercased() }

    /// The name's words in lower case: `index.maximumAge` has three.
    private var words: [String] {
        var words = [""]
        for character in name {
            if character == "." || character.isUppercase { words.append("") }
            if character != "." { words[words.count - 1] += character.lowercased() }
        }
        return words
    }

    private static func single(_ value: SettingValue) throws -> String {
        guard case .one(let text) = value else { throw SettingError("must be one value, not a list") }
        return text
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
