public import LosslessJSON

extension TopicEntry {
    /// The entry without its pattern, as the catalog, the configuration and HTTP have it: `{"description": "…", "check": "warn",
    /// "summary": [{"name": "…", "description": "…", "type": "string", "optional": true}], "fields": [{"name": "…",
    /// "description": "…", "type": "number"}]}`, what is not said left out.
    public func writeMembers(to json: inout JSONWriter) {
        if !description.isEmpty {
            json.key("description")
            json.string(description)
        }
        if check != .off {
            json.key("check")
            json.string(check.rawValue)
        }
        if let summary {
            json.key("summary")
            json.beginArray()
            for member in summary {
                Self.write(
                    DatasetField(member.name, description: member.description, type: member.type),
                    isOptional: member.isOptional, to: &json)
            }
            json.endArray()
        }
        if let fields {
            json.key("fields")
            json.beginArray()
            for field in fields { Self.write(field, isOptional: false, to: &json) }
            json.endArray()
        }
    }

    /// ``writeMembers(to:)`` in an object.
    public var json: JSONText {
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        writeMembers(to: &json)
        json.endObject()
        return JSONText(trusting: json.bytes)
    }

    private static func write(_ field: DatasetField, isOptional: Bool, to json: inout JSONWriter) {
        json.beginObject()
        json.key("name")
        json.string(field.name)
        if !field.description.isEmpty {
            json.key("description")
            json.string(field.description)
        }
        if let type = field.type {
            json.key("type")
            json.string(type.rawValue)
        }
        if isOptional {
            json.key("optional")
            json.bool(true)
        }
        json.endObject()
    }

    /// Reads what ``writeMembers(to:)`` writes. In the place of `{"name": "x"}` there may be `"x"`. Null means not said.
    ///
    /// - Throws: ``InvalidTopicEntry`` with all that has the wrong type or name, or breaks a rule of ``validate()``. Unknown
    ///   members are refused, so that a slip of the pen checks no less than was meant.
    public init(_ pattern: TopicPattern, _ members: JSONMembers) throws(InvalidTopicEntry) {
        self.init(pattern)
        var reader = EntryReader()
        for (key, value) in members where !value.isNull {
            switch key {
            case "description": description = reader.string(key, value) ?? ""
            case "check": check = reader.check(value) ?? .off
            case "summary":
                summary = reader.members(key, value, allowing: ["name", "description", "type", "optional"])?.map {
                    SummaryMember(
                        $0.field.name, description: $0.field.description, type: $0.field.type, isOptional: $0.isOptional
                    )
                }
            case "fields":
                fields = reader.members(key, value, allowing: ["name", "description", "type"])?.map(\.field)
            default: reader.fail(key, "unknown_field", "an entry has description, check, summary and fields")
            }
        }
        guard reader.problems.isEmpty else { throw InvalidTopicEntry(reader.problems) }
        try validate()
    }
}

/// Takes values out of an entry's JSON and collects what has the wrong type.
private struct EntryReader {
    private static let told = 32
    private(set) var problems: [FieldProblem] = []

    mutating func fail(_ field: String, _ code: String, _ message: String) {
        if problems.count < Self.told { problems.append(FieldProblem(field, code, message)) }
    }

    mutating func string(_ field: String, _ value: JSONText) -> String? {
        if let text = value.stringValue { return text }
        fail(field, "bad_type", "must be a string, not \(value.kind.rawValue)")
        return nil
    }

    mutating func check(_ value: JSONText) -> TopicCheck? {
        guard let text = string("check", value) else { return nil }
        if let check = TopicCheck(rawValue: text) { return check }
        fail("check", "bad_value", "must be one of \(TopicCheck.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    mutating func members(
        _ list: String, _ value: JSONText, allowing: Set<String>
    ) -> [(field: DatasetField, isOptional: Bool)]? {
        guard let elements = value.elements else {
            fail(list, "bad_type", "must be an array of names, or of objects with a name")
            return nil
        }
        var members: [(DatasetField, Bool)] = []
        for (at, element) in elements.enumerated() {
            if let name = element.stringValue {
                members.append((DatasetField(name), false))
            } else if let parts = element.members {
                members.append(member("\(list).\(at)", parts, allowing: allowing))
            } else {
                fail("\(list).\(at)", "bad_type", "must be a name, or an object with a name")
            }
        }
        return members
    }

    private mutating func member(
        _ place: String, _ parts: JSONMembers, allowing: Set<String>
    ) -> (DatasetField, Bool) {
        var field = DatasetField("")
        var isOptional = false
        for (key, value) in parts where !value.isNull {
            switch key {
            case "name": field.name = string("\(place).name", value) ?? ""
            case "description": field.description = string("\(place).description", value) ?? ""
            case "type":
                guard let text = string("\(place).type", value) else { continue }
                field.type = DatasetFieldType(rawValue: text)
                if field.type == nil {
                    let known = DatasetFieldType.allCases.map(\.rawValue).joined(separator: ", ")
                    fail("\(place).type", "bad_value", "must be one of \(known)")
                }
            case "optional" where allowing.contains(key):
                if let flag = value.boolValue {
                    isOptional = flag
                } else {
                    fail("\(place).optional", "bad_type", "must be true or false")
                }
            default:
                fail("\(place).\(key)", "unknown_field", "there is only \(allowing.sorted().joined(separator: ", "))")
            }
        }
        if parts["name"] == nil { fail("\(place).name", "missing", "each has a name") }
        return (field, isOptional)
    }
}
