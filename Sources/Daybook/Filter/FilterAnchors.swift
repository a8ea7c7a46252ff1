/// What an event must have for a filter to match: by one of these the filter is found, so that it need not be tried on
/// every event.
enum FilterAnchor: Hashable {
    /// An attribute has a value.
    case value(EventField, String)
    /// The topic fits a pattern.
    case topic(WildcardPattern)
}

extension Filter {
    /// Conditions of which every event that the filter matches meets one; nil when there are no such conditions.
    var anchors: [FilterAnchor]? { Self.anchors(root) }

    private static func anchors(_ node: Node) -> [FilterAnchor]? {
        switch node {
        case .all(let nodes): return nodes.compactMap(anchors).min { cost($0) < cost($1) }
        case .any(let nodes):
            var all: [FilterAnchor] = []
            for node in nodes {
                guard let anchors = anchors(node) else { return nil }
                all += anchors
            }
            return all
        case .condition(let condition): return condition.anchors
        case .not, .payload: return nil
        }
    }

    /// Few anchors are better than many, ids better than names that many events share, values better than patterns.
    private static func cost(_ anchors: [FilterAnchor]) -> Int {
        anchors.reduce(0) { cost, anchor in
            switch anchor {
            case .value(.id, _), .value(.hash, _), .value(.dependsOn, _), .value(.entityId, _): cost + 1
            case .value(.topic, _), .value(.project, _), .value(.user, _), .value(.sender, _): cost + 4
            case .value: cost + 16
            case .topic(let pattern): cost + (pattern.prefix.isEmpty ? 64 : 8)
            }
        }
    }
}

extension FilterCondition {
    fileprivate var anchors: [FilterAnchor]? {
        guard case .field(let field) = source, field.form == .text else { return nil }
        let texts = values.compactMap { value in if case .text(let text) = value { text } else { nil as String? } }
        switch comparison {
        case .eq, .in: return texts.map { .value(field, $0) }
        case .matches where field == .topic:
            return texts.map { text in
                let pattern = WildcardPattern(text)
                return pattern.isLiteral ? .value(.topic, text) : .topic(pattern)
            }
        default: return nil
        }
    }
}
