import LosslessJSON

extension Filter: CustomStringConvertible {
    /// The filter as people write it. Read again it is the same filter; only one of AYON's that asks for a topic, status or
    /// the like that there cannot be is refused.
    public var description: String { text(root, isInside: false) }

    /// - Parameter isInside: whether it stands in a junction or behind `not`, where another junction needs parentheses.
    private func text(_ node: Node, isInside: Bool) -> String {
        func joined(_ nodes: [Node], _ word: String) -> String {
            let text = nodes.map { self.text($0, isInside: true) }.joined(separator: word)
            return isInside ? "(\(text))" : text
        }
        return switch node {
        case .all(let nodes): joined(nodes, " and ")
        case .any(let nodes): joined(nodes, " or ")
        case .not(let node): "not \(text(node, isInside: true))"
        case .condition(let condition): condition.description
        case .payload(let number): payloadConditions[number].description
        }
    }
}

extension FilterCondition: CustomStringConvertible {
    public var description: String {
        let subject =
            switch source {
            case .field(let field): field.rawValue
            case .summary: Self.joined("summary", path)
            case .metadata: Self.joined("metadata", path)
            case .payload: Self.joined("payload", path)
            }
        let list = "(\(values.map(written).joined(separator: ", ")))"
        let first = values.first.map(written) ?? ""
        return switch comparison {
        case .eq: "\(subject) = \(first)"
        case .ne: "\(subject) != \(first)"
        case .lt: "\(subject) < \(first)"
        case .lte: "\(subject) <= \(first)"
        case .gt: "\(subject) > \(first)"
        case .gte: "\(subject) >= \(first)"
        case .isnull: "\(subject) is null"
        case .notnull: "\(subject) is not null"
        case .notin: "\(subject) not in \(list)"
        case .in, .includesall, .excludesall, .includesany, .excludesany: "\(subject) \(comparison.rawValue) \(list)"
        case .like, .includes, .excludes: "\(subject) \(comparison.rawValue) \(first)"
        case .matches: matchesText(subject, first, list)
        }
    }

    private func matchesText(_ subject: String, _ first: String, _ list: String) -> String {
        // What is no pattern of topics can only be written behind `~`, where any text may stand.
        let isTopicPattern =
            source == .field(.topic) && list.contains("*")
            && values.allSatisfy { if case .text(let text) = $0 { TopicPattern(text) != nil } else { false } }
        if values.count == 1 { return "\(subject) \(isTopicPattern ? "=" : "~") \(first)" }
        return "\(subject) \(isTopicPattern ? "in" : "~") \(list)"
    }

    private static func joined(_ name: String, _ path: [String]) -> String {
        ([name] + path.map { $0.utf8.allSatisfy(FilterScanner.isPartOfName) && !$0.isEmpty ? $0 : quoted($0) })
            .joined(separator: ".")
    }

    private func written(_ value: FilterScalar) -> String {
        switch value {
        case .number(let number): number.description
        case .bool(let value): "\(value)"
        case .time(let time): time.description
        case .text(let text): isBare(text) ? text : Self.quoted(text)
        }
    }

    /// Whether a text is read as one without quotes.
    private func isBare(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.allSatisfy(FilterScanner.isPartOfBareValue), text.lowercased() != "null" else {
            return false
        }
        if case .field = source { return true }
        return text != "true" && text != "false" && DecimalNumber(text) == nil
    }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter(capacity: text.utf8.count + 2)
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
