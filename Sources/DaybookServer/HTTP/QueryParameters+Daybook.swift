import Daybook

extension QueryParameters {
    /// A time. A `+` of its zone that was not percent-encoded arrives as a blank; it is taken for what was meant.
    func time(_ name: String) throws(Problem) -> Timestamp? {
        guard let text = try one(name) else { return nil }
        guard let time = Self.time(text) else {
            throw .parameter(
                name, "'\(text)' is no ISO 8601 time such as 2026-11-21T03:00:44Z or 2026-11-21T03:00:44.291548+00:00")
        }
        return time
    }

    static func time(_ text: String) -> Timestamp? {
        if let time = Timestamp(text) { return time }
        guard let blank = text.lastIndex(of: " ") else { return nil }
        return Timestamp(text[..<blank] + "+" + text[text.index(after: blank)...])
    }

    /// Event ids; repeatable.
    func eventIDs(_ name: String) throws(Problem) -> [EventID] {
        var ids: [EventID] = []
        for text in all(name) {
            guard let id = EventID(text) else {
                throw .parameter(name, "'\(text)' is no event id: 32 lower-case hex digits")
            }
            ids.append(id)
        }
        return ids
    }

    /// Topic patterns; repeatable.
    func topics(_ name: String) throws(Problem) -> [TopicPattern] {
        var patterns: [TopicPattern] = []
        for text in all(name) {
            guard let pattern = TopicPattern(text) else {
                throw .parameter(
                    name, "'\(text)' is no topic pattern: 1 to 256 letters, digits, '_', '-', '.' and '*'")
            }
            patterns.append(pattern)
        }
        return patterns
    }
}
