import FoundationEssentials
import LosslessJSON

/// The payload of a dataset, checked and in its form: `timestamp`, then the fields in order.
struct DatasetPayload {
    let payload: Payload
    let timestamp: Timestamp

    /// - Parameters:
    ///   - payload: as it was given. It may have its members in any order, and no `timestamp`.
    ///   - createdAt: the event's, which a missing timestamp becomes; without it the present time.
    /// - Throws: everything that is wrong with it.
    init(_ payload: Payload?, _ fields: [DatasetField], createdAt: Timestamp?) throws(InvalidEvent) {
        let given = payload ?? Payload(bytes: JSONText.emptyObject.bytes)
        guard given.isJSON else {
            throw Self.noObject("not \(given.contentType)")
        }
        let members: JSONMembers
        do throws(JSONError) {
            members = try JSONMembers(given.bytes)
        } catch {
            throw Self.noObject("\(error)")
        }
        var check = MemberCheck("payload")
        let time = DatasetField.timestamp
        let written = members[time.name].flatMap { $0.isNull ? nil : $0 }
        check.member(time.name, written, type: time.type, isOptional: true)
        for field in fields { check.member(field.name, members[field.name], type: field.type) }
        check.others(members, known: Set(fields.map(\.name)).union([time.name]))
        guard check.problems.isEmpty else { throw InvalidEvent(check.problems) }
        timestamp = written?.stringValue.flatMap { Timestamp($0) } ?? createdAt ?? .now
        let order = [time.name] + fields.map(\.name)
        guard written == nil || !members.lazy.map(\.key).elementsEqual(order) else {
            self.payload = given
            return
        }
        var json = JSONWriter(capacity: given.bytes.count + 64)
        json.beginObject()
        json.key(escaping: time.name)
        json.raw(written ?? .string(timestamp.description))
        for field in fields {
            json.key(escaping: field.name)
            json.raw(members[field.name] ?? .null)
        }
        json.endObject()
        self.payload = Payload(contentType: given.contentType, bytes: json.bytes)
    }

    private static func noObject(_ what: String) -> InvalidEvent {
        InvalidEvent([FieldProblem("payload", "bad_type", "a dataset's payload is a JSON object, \(what)")])
    }
}
