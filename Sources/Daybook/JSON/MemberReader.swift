import FoundationEssentials
import LosslessJSON

/// Takes values out of JSON and collects what has the wrong type.
struct MemberReader {
    /// How many problems are told; a body may have millions.
    private static let told = 32
    private var problems: [FieldProblem] = []
    private var untold = 0

    mutating func fail(_ field: String, _ code: String, _ message: String) {
        guard problems.count < Self.told else {
            untold += 1
            return
        }
        problems.append(FieldProblem(field, code, message))
    }

    func hasProblem(with field: String) -> Bool { problems.contains { $0.field == field } }

    private mutating func expected(_ field: String, _ what: String, _ value: JSONText) {
        fail(field, "bad_type", "must be \(what), not \(value.kind.rawValue)")
    }

    mutating func string(_ field: String, _ value: JSONText) -> String? {
        if let text = value.stringValue { return text }
        expected(field, "a string", value)
        return nil
    }

    mutating func bool(_ field: String, _ value: JSONText) -> Bool? {
        if let flag = value.boolValue { return flag }
        expected(field, "true or false", value)
        return nil
    }

    mutating func int(_ field: String, _ value: JSONText) -> Int? {
        if let number = value.int64Value { return Int(number) }
        expected(field, "a whole number of 64 bits", value)
        return nil
    }

    mutating func double(_ field: String, _ value: JSONText) -> Double? {
        if let number = value.doubleValue { return number }
        expected(field, "a number", value)
        return nil
    }

    mutating func object(_ field: String, _ value: JSONText) -> JSONText? {
        if value.isObject { return value }
        expected(field, "an object", value)
        return nil
    }

    mutating func eventID(_ field: String, _ value: JSONText) -> EventID? {
        guard let text = string(field, value) else { return nil }
        if let id = EventID(text) { return id }
        fail(field, "bad_value", "must be an event id: 32 lower-case hex digits")
        return nil
    }

    mutating func time(_ field: String, _ value: JSONText) -> Timestamp? {
        guard let text = string(field, value) else { return nil }
        if let time = Timestamp(text) { return time }
        fail(field, "bad_value", "must be an ISO 8601 time such as 2026-11-21T03:00:44.291548+00:00")
        return nil
    }

    mutating func enumeration<Value: RawRepresentable & CaseIterable>(
        _ field: String, _ value: JSONText
    ) -> Value? where Value.RawValue == String {
        guard let text = string(field, value) else { return nil }
        if let known = Value(rawValue: text) { return known }
        let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
        fail(field, "bad_value", "must be one of \(allowed)")
        return nil
    }

    /// Strings of an array; a string alone is an array of one.
    mutating func strings(_ field: String, _ value: JSONText) -> [String]? {
        if let text = value.stringValue { return [text] }
        guard let elements = value.elements else {
            expected(field, "an array of strings", value)
            return nil
        }
        return elements.compactMap { string(field, $0) }
    }

    /// Seconds, with a fraction or without.
    mutating func seconds(_ field: String, _ value: JSONText) -> Duration? {
        guard let seconds = double(field, value) else { return nil }
        if (0...1e9).contains(seconds) { return .microseconds(Int64((seconds * 1e6).rounded())) }
        fail(field, "bad_value", "must be 0 to 1,000,000,000 seconds")
        return nil
    }

    mutating func payload(_ json: JSONText?, base64: String?, contentType: String?) -> Payload? {
        if let base64 {
            if json != nil { fail("payloadBase64", "bad_value", "give either payload or payloadBase64") }
            guard let data = Data(base64Encoded: base64) else {
                fail("payloadBase64", "bad_value", "is no Base64")
                return nil
            }
            return Payload(contentType: contentType ?? "application/octet-stream", bytes: Array(data))
        }
        guard let json else { return nil }
        let payload = Payload(contentType: contentType ?? Payload.json, bytes: json.bytes)
        if payload.isJSON { return payload }
        guard let text = json.stringValue else {
            expected("payload", "a string when the content type is not JSON", json)
            return nil
        }
        return Payload(contentType: payload.contentType, bytes: Array(text.utf8))
    }

    /// What was wrong.
    var found: [FieldProblem] {
        untold == 0 ? problems : problems + [FieldProblem("…", "too_many", "\(untold) more problems like these")]
    }

    func finish() throws(InvalidEvent) {
        if !found.isEmpty { throw InvalidEvent(found) }
    }
}
