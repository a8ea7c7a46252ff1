import Daybook
import LosslessJSON

/// Takes the members of a body as AYON's server does, which reads booleans and numbers from strings, too, and collects
/// what does not fit.
struct AyonReader {
    private(set) var errors: [Problem.FieldError] = []

    mutating func fail(_ field: String, _ message: String, type: String) {
        errors.append(.init(["body", field], message, type: type))
    }

    mutating func string(_ field: String, _ value: JSONText) -> String? {
        if let text = value.stringValue { return text }
        fail(field, "must be a string, not \(value.kind.rawValue)", type: "string_type")
        return nil
    }

    mutating func bool(_ field: String, _ value: JSONText) -> Bool? {
        if let flag = value.boolValue { return flag }
        let word = value.stringValue ?? value.int64Value.map(String.init)
        switch word?.lowercased() {
        case "true", "t", "yes", "y", "on", "1": return true
        case "false", "f", "no", "n", "off", "0": return false
        default:
            fail(field, "must be true or false", type: "bool_parsing")
            return nil
        }
    }

    mutating func int(_ field: String, _ value: JSONText) -> Int? {
        if let number = value.int64Value ?? value.stringValue.flatMap({ Self.number($0)?.int64Value }) {
            return Int(number)
        }
        if let flag = value.boolValue { return flag ? 1 : 0 }
        fail(field, "must be a whole number of 64 bits", type: "int_parsing")
        return nil
    }

    mutating func double(_ field: String, _ value: JSONText) -> Double? {
        let number = value.doubleValue ?? value.stringValue.flatMap { Self.number($0)?.doubleValue }
        if let number { return number }
        if let flag = value.boolValue { return flag ? 1 : 0 }
        fail(field, "must be a number", type: "float_parsing")
        return nil
    }

    mutating func object(_ field: String, _ value: JSONText) -> JSONText? {
        if value.isObject { return value }
        fail(field, "must be an object, not \(value.kind.rawValue)", type: "dict_type")
        return nil
    }

    mutating func strings(_ field: String, _ value: JSONText) -> [String]? {
        if let texts = value.elements?.compactMap(\.stringValue), texts.count == value.elements?.count { return texts }
        fail(field, "must be a list of strings", type: "list_type")
        return nil
    }

    mutating func eventID(_ field: String, _ value: JSONText) -> EventID? {
        guard let text = string(field, value) else { return nil }
        if let id = EventID(text) { return id }
        fail(field, "must be an event id: 32 lower-case hex digits", type: "string_pattern_mismatch")
        return nil
    }

    mutating func project(_ value: JSONText) -> String? {
        guard let text = string("project", value) else { return nil }
        if AyonNames.isName(text) { return text }
        fail("project", "must be of \(AyonNames.nameRule)", type: "string_pattern_mismatch")
        return nil
    }

    func finish() throws(Problem) {
        if !errors.isEmpty { throw .validation(errors) }
    }

    /// A number written as a string, with white space around it and a `+` in front if need be.
    private static func number(_ text: String) -> JSONText? {
        try? JSONText(text.first == "+" ? String(text.dropFirst()) : text)
    }
}
