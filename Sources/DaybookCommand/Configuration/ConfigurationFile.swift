import LosslessJSON

/// A configuration file: a JSON object with the settings by name, those with a dot in sections, and the sections that a
/// file alone can have.
///
/// Read with our own reader, because it tells the line of a mistake and which names are none of ours.
struct ConfigurationFile {
    static let sectionNames: Set<String> = ["handlers", "registrations"]

    var values: [String: SettingValue] = [:]
    /// By name.
    var sections: [String: JSONText] = [:]

    static func read(_ path: String) throws -> ConfigurationFile {
        let text: [UInt8]
        do {
            text = try InputFile(path: path).readAll(limit: 1 << 20)
        } catch {
            throw CommandFailure(.usage, "the configuration file \(path) cannot be read: \(error)")
        }
        do {
            return try parse(text)
        } catch {
            throw CommandFailure(.usage, "the configuration file \(path): \(error)")
        }
    }

    static func parse(_ text: [UInt8]) throws -> ConfigurationFile {
        var file = ConfigurationFile()
        var members = try JSONMembers(text)
        for name in sectionNames {
            if let section = members[name], !section.isNull { file.sections[name] = section }
        }
        members.removeAll(named: sectionNames)
        try read(members, section: "", into: &file.values)
        return file
    }

    private static func read(
        _ members: JSONMembers, section: String, into values: inout [String: SettingValue]
    ) throws {
        for (key, value) in members where !value.isNull {
            let name = section + key
            if let setting = Setting.named(name) {
                guard values[name] == nil else { throw SettingError("\(name) is given twice") }
                values[name] = try self.value(value, of: setting)
            } else if Setting.all.contains(where: { $0.name.hasPrefix(name + ".") }), let inner = value.members {
                try read(inner, section: name + ".", into: &values)
            } else {
                throw SettingError("there is no setting \(name) (`daybook config show` lists all)")
            }
        }
    }

    private static func value(_ value: JSONText, of setting: Setting) throws -> SettingValue {
        switch value.kind {
        case .string: return .one(value.stringValue ?? "")
        case .number, .bool: return .one(value.description)
        case .array where setting.isList:
            let texts = (value.elements.map(Array.init) ?? []).map(\.stringValue)
            guard !texts.contains(nil) else { throw SettingError("\(setting.name) must be a list of strings") }
            return .many(texts.compactMap(\.self))
        case .object where setting.isObject: return .one(value.description)
        case .array, .object, .null:
            let wanted = setting.isObject ? "an object" : setting.isList ? "a list of strings" : "a single value"
            throw SettingError("\(setting.name) must be \(wanted)")
        }
    }
}
