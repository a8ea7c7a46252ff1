import Daybook
import DaybookHandlers
import LosslessJSON

/// Takes the settings of a handler out of a JSON object one by one, and collects what does not fit; those that nobody
/// asked for do not.
struct SettingsReader {
    /// What the settings' full names begin with: `handlers.mail`.
    let prefix: String
    private let members: [String: JSONText]
    private var known: Set<String> = []
    private(set) var problems: [FieldProblem] = []

    init(_ prefix: String, _ members: JSONMembers) {
        self.prefix = prefix
        self.members = Dictionary(members.map { ($0.key, $0.value) }) { $1 }
    }

    mutating func fail(_ name: String, _ message: String, code: String = "bad_value") {
        problems.append(FieldProblem("\(prefix).\(name)", code, message))
    }

    private mutating func take(_ name: String) -> JSONText? {
        known.insert(name)
        return members[name].flatMap { $0.isNull ? nil : $0 }
    }

    private mutating func expected(_ name: String, _ what: String, _ value: JSONText) {
        fail(name, "must be \(what), not \(value.kind.rawValue)", code: "bad_type")
    }

    mutating func string(_ name: String) -> String? {
        guard let value = take(name) else { return nil }
        if value.stringValue == nil { expected(name, "a string", value) }
        return value.stringValue
    }

    /// A text that there has to be.
    mutating func required(_ name: String) -> String {
        if let text = string(name) { return text }
        if members[name] == nil { fail(name, "is missing", code: "missing") }
        return ""
    }

    /// Strings of an array; a string alone is an array of one.
    mutating func strings(_ name: String) -> [String] {
        guard let value = take(name) else { return [] }
        if let text = value.stringValue { return [text] }
        let texts = value.elements.map { $0.map(\.stringValue) } ?? [nil]
        if texts.contains(nil) { expected(name, "a list of strings", value) }
        return texts.compactMap(\.self)
    }

    mutating func bool(_ name: String) -> Bool? {
        guard let value = take(name) else { return nil }
        if value.boolValue == nil { expected(name, "true or false", value) }
        return value.boolValue
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = take(name) else { return nil }
        if let number = value.int64Value.map(Int.init), range.contains(number) { return number }
        fail(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    mutating func number(_ name: String) -> Double? {
        guard let value = take(name) else { return nil }
        let number = value.numberText.flatMap(Double.init)
        if number == nil { expected(name, "a number", value) }
        return number
    }

    mutating func bytes(_ name: String) -> Int? {
        guard let value = take(name) else { return nil }
        let bytes = value.stringValue.flatMap(ByteCount.parse) ?? value.int64Value.map(Int.init)
        if let bytes, bytes > 0 { return bytes }
        fail(name, "is no number of bytes such as 1048576, 512KiB, 1MiB or 4GiB")
        return nil
    }

    mutating func duration(_ name: String) -> Duration? {
        guard let value = take(name) else { return nil }
        if let duration = value.stringValue.flatMap(DurationText.parse) { return duration }
        fail(name, "is no time span such as 250ms, 2s, 5m, 1h or 7d")
        return nil
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(_ name: String) -> Value?
    where Value.RawValue == String {
        guard let text = string(name) else { return nil }
        if let value = Value(rawValue: text) { return value }
        fail(name, "'\(text)' is none of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    mutating func secret(_ name: String) -> SecretReference? {
        string(name).flatMap { secret(name, $0) }
    }

    mutating func secrets(_ name: String) -> [SecretReference] {
        strings(name).compactMap { secret(name, $0) }
    }

    /// A reference that there has to be.
    mutating func requiredSecret(_ name: String) -> SecretReference {
        if members[name] == nil { fail(name, "is missing", code: "missing") }
        return secret(name) ?? .environment("")
    }

    /// Texts by name.
    mutating func texts(_ name: String) -> [String: String] {
        var texts: [String: String] = [:]
        _ = section(name) { reader in
            for key in reader.members.keys { texts[key] = reader.string(key) }
        }
        return texts
    }

    /// References by name.
    mutating func secretTexts(_ name: String) -> [String: SecretReference] {
        var secrets: [String: SecretReference] = [:]
        _ = section(name) { reader in
            for key in reader.members.keys { secrets[key] = reader.secret(key) }
        }
        return secrets
    }

    /// The message does not repeat the value: somebody may have written the secret itself.
    private mutating func secret(_ name: String, _ text: String) -> SecretReference? {
        if let reference = SecretReference(text) { return reference }
        fail(name, "is no reference to a secret: write env:NAME or file:PATH")
        return nil
    }

    /// A template as text, or `{"file": PATH}`.
    mutating func template(_ name: String) -> TemplateSource? {
        guard let value = take(name) else { return nil }
        if let text = value.stringValue { return .text(text) }
        if let members = value.members, members.count == 1, let path = members["file"]?.stringValue {
            return .file(path)
        }
        expected(name, #"a text, or {"file": PATH}"#, value)
        return nil
    }

    /// Settings in an object of their own.
    mutating func section(_ name: String, _ read: (inout SettingsReader) -> Void) -> Bool {
        guard let value = take(name) else { return false }
        guard let members = value.members else {
            expected(name, "an object", value)
            return false
        }
        var reader = SettingsReader("\(prefix).\(name)", members)
        read(&reader)
        problems += reader.allProblems
        return true
    }

    private var allProblems: [FieldProblem] {
        let unknown = members.keys.filter { !known.contains($0) }.sorted().prefix(16)
        return problems
            + unknown.map { name in
                let names = known.sorted().joined(separator: ", ")
                return FieldProblem(
                    "\(prefix).\(name)", "unknown_field", "there is no such setting; there are \(names)")
            }
    }

    /// - Throws: ``InvalidRegistration`` with everything that does not fit.
    func finish() throws(InvalidRegistration) {
        let problems = allProblems
        if !problems.isEmpty { throw InvalidRegistration(problems) }
    }
}
