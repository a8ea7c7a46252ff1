import Daybook
import LosslessJSON

extension TopicEntry {
    /// Reads a JSON object of patterns with what is said of them.
    ///
    /// - Throws: ``SettingError``.
    static func entries(written value: SettingValue) throws -> [TopicEntry] {
        guard case .one(let text) = value else { throw SettingError("must be one object, not a list") }
        let members: JSONMembers
        do {
            members = try JSONMembers(text.utf8)
        } catch {
            throw SettingError("is no JSON object of topics: \(error)")
        }
        var entries: [TopicEntry] = []
        for (key, value) in members {
            guard let pattern = TopicPattern(key) else { throw SettingError("'\(key)' is no topic, and no pattern") }
            guard !entries.contains(where: { $0.pattern == pattern }) else {
                throw SettingError("\(key) is given twice")
            }
            guard let parts = value.members else { throw SettingError("\(key) must be an object") }
            do {
                entries.append(try TopicEntry(pattern, parts))
            } catch {
                throw SettingError("\(key): \(error)")
            }
        }
        return entries
    }

    /// What ``entries(written:)`` reads; empty when there are none.
    static func written(_ entries: [TopicEntry]) -> String {
        guard !entries.isEmpty else { return "" }
        var json = JSONWriter()
        json.beginObject()
        for entry in entries {
            json.key(escaping: entry.pattern.text)
            json.raw(entry.json)
        }
        json.endObject()
        return JSONText(trusting: json.bytes).description
    }
}
