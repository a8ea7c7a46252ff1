/// The conditions that limits are made of. Those cannot be wrong, so making them does not fail.
extension Filter {
    /// Nothing meets it.
    static let nothing = Filter(.or, [])

    /// The attribute, a text, fits one of the patterns.
    static func matching(_ field: EventField, _ patterns: [String]) -> Filter {
        made(.field(field), .matches, patterns.map { .text($0) })
    }

    static func equal(_ field: EventField, _ text: String) -> Filter { made(.field(field), .eq, [.text(text)]) }

    static func hasNone(_ field: EventField) -> Filter { made(.field(field), .isnull, []) }

    /// One of them has to hold; one that is nil always does.
    static func any(_ filters: [Filter?]) -> Filter? {
        var known: [Filter] = []
        for filter in filters {
            guard let filter else { return nil }
            known.append(filter)
        }
        return Filter(.or, known)
    }

    /// Both have to hold; one that is nil always does.
    public static func both(_ one: Filter?, _ other: Filter?) -> Filter? {
        guard let one, let other else { return one ?? other }
        return Filter(.and, [one, other])
    }

    private static func made(
        _ source: FilterCondition.Source, _ comparison: FilterOperator, _ values: [FilterScalar]
    ) -> Filter {
        // What cannot be a condition limits to nothing rather than to everything.
        guard let condition = try? FilterCondition(source, comparison, values) else { return .nothing }
        return Filter(condition)
    }
}
