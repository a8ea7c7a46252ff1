import LosslessJSON

/// One comparison of a ``Filter``.
public struct FilterCondition: Hashable, Sendable {
    /// Where the value is.
    public enum Source: Hashable, Sendable {
        case field(EventField)
        case summary
        case metadata
        case payload
    }

    public let source: Source
    /// The names to follow inside summary, metadata or payload.
    public let path: [String]
    public let comparison: FilterOperator
    /// What it compares with: as many as the operator takes.
    public let values: [FilterScalar]
    /// Of the operator `like`.
    private let pattern: LikePattern?
    /// Of the operator `matches`.
    private let wildcards: [WildcardPattern]

    /// - Parameter path: for summary, metadata and payload at least one name, for fields none.
    /// - Throws: ``InvalidFilter`` when the parts do not go together.
    public init(
        _ source: Source, path: [String] = [], _ comparison: FilterOperator, _ values: [FilterScalar] = []
    ) throws(InvalidFilter) {
        self.source = source
        self.path = path
        self.comparison = comparison
        if case .field(let field) = source {
            guard !comparison.isAboutLists else {
                throw InvalidFilter("operator", "'\(comparison.rawValue)' is for lists, and \(field.rawValue) is none")
            }
            self.values = try values.map { value throws(InvalidFilter) in try value.of(field) }
        } else {
            guard !path.isEmpty else {
                throw InvalidFilter("key", "say which member: 'summary/NAME', 'metadata/NAME' or 'payload/NAME'")
            }
            self.values = values
        }
        if comparison == .like {
            guard case .text(let text) = self.values.first else {
                throw InvalidFilter("value", "'like' takes a text with % and _")
            }
            pattern = LikePattern(text)
        } else {
            pattern = nil
        }
        if comparison == .matches {
            wildcards = try self.values.map { value throws(InvalidFilter) in
                guard case .text(let text) = value else {
                    throw InvalidFilter("value", "a pattern is a text in which * stands for any run of characters")
                }
                return WildcardPattern(text)
            }
        } else {
            wildcards = []
        }
    }

    /// Whether it holds for an attribute or the summary of an event.
    func holds(for event: some FilterSubject) -> Bool {
        switch source {
        case .field(let field): holds(event.value(of: field).map { .scalar(FilterScalar($0)) })
        case .summary: holds(in: event.filteredSummary)
        case .metadata: holds(in: event.filteredMetadata)
        case .payload: false
        }
    }

    /// Whether it holds inside a JSON object.
    func holds(in object: JSONText) -> Bool {
        var value: JSONText? = object
        for name in path { value = value?.members?[name] }
        return holds(value.map(FilteredValue.init))
    }

    private func holds(_ value: FilteredValue?) -> Bool {
        switch comparison {
        case .isnull: return value == nil
        case .notnull: return value != nil
        case .notin where values.isEmpty: return true
        // AYON takes a missing member for false.
        case .eq where value == nil: return values.first == .bool(false) && source.isJSON
        default: break
        }
        guard let value else { return false }
        switch comparison {
        case .eq: return value.isEqual(to: values[0])
        case .ne: return !value.isEqual(to: values[0])
        case .lt: return value.compare(with: values[0]) == .less
        case .gt: return value.compare(with: values[0]) == .greater
        case .lte: return value.compare(with: values[0]) != .greater
        case .gte: return value.compare(with: values[0]) != .less
        case .like:
            guard case .scalar(.text(let text)) = value else { return false }
            return pattern?.matches(text) ?? false
        case .matches:
            guard case .scalar(.text(let text)) = value else { return false }
            return wildcards.contains { $0.matches(text) }
        case .in: return values.contains { value.isEqual(to: $0) }
        case .notin: return !values.contains { value.isEqual(to: $0) }
        default: break
        }
        guard case .list(let list) = value else { return false }
        func has(_ wanted: FilterScalar) -> Bool { list.contains { $0.isEqual(to: wanted) } }
        return switch comparison {
        case .includes: has(values[0])
        case .excludes: !has(values[0])
        case .includesall: values.allSatisfy(has)
        case .excludesall: !values.allSatisfy(has)
        case .includesany: values.contains(where: has)
        default: !values.contains(where: has)
        }
    }
}

extension FilterCondition.Source {
    fileprivate var isJSON: Bool { self == .summary || self == .metadata || self == .payload }
}
